// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A number of 64 bits in shared memory. A thread that reads a value of {@link #set} sees all earlier stores too. Thread-safe.
 */
record SharedLong(ByteBuffer bytes, int offset) {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    /** Returns the value. */
    long get() {
        return (long) LONG.getVolatile(bytes, offset);
    }

    /** Replaces the value. */
    void set(long value) {
        LONG.setVolatile(bytes, offset, value);
    }
}
