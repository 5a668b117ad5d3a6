// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.nio.ByteBuffer;

/** How many events the kernel had dropped when their loss was last counted. Called by one thread. */
public final class DropCount {
    private final SharedLong count;

    DropCount(SharedLong count) {
        this.count = count;
    }

    /** Returns a count of 0, which ends with this process. */
    public static DropCount ofThisProcess() {
        return new DropCount(new SharedLong(ByteBuffer.allocateDirect(Long.BYTES), 0));
    }

    /** Returns the count. */
    public long get() {
        return count.get();
    }

    /** Replaces the count. */
    public void set(long dropped) {
        count.set(dropped);
    }
}
