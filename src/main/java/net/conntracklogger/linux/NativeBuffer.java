// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Memory outside the heap that C reads and writes, in native byte order. Callers allocate a buffer once and reuse it,
 * because each allocation costs a cleaner. Not thread-safe. Its contents are undefined once this is closed; closing
 * again has no effect.
 */
public final class NativeBuffer implements AutoCloseable {
    private final Pointer memory;
    private final ByteBuffer bytes;
    private final Runnable release;

    /**
     * Allocates memory that is all zero.
     *
     * @param size in bytes, at least 1
     */
    public NativeBuffer(int size) {
        Memory allocated = new Memory(size);
        allocated.clear();
        memory = allocated;
        bytes = memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
        release = allocated::close;
    }

    /** Wraps memory that another object owns. Closing has no effect. */
    NativeBuffer(Pointer memory, int size) {
        this.memory = memory;
        bytes = memory.getByteBuffer(0, size).order(ByteOrder.nativeOrder());
        release = () -> {};
    }

    /** Returns a part of this buffer, which is valid as long as this buffer. */
    public NativeBuffer slice(int offset, int length) {
        return new NativeBuffer(memory.share(offset, length), length);
    }

    /** Returns a buffer that holds the text in UTF-8 and a NUL. */
    public static NativeBuffer ofString(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        NativeBuffer buffer = new NativeBuffer(encoded.length + 1);
        buffer.bytes.put(0, encoded);
        return buffer;
    }

    /** Returns the memory for a native call. */
    public Pointer pointer() {
        return memory;
    }

    /** Returns the address, for structures that hold pointers. */
    public long address() {
        return Pointer.nativeValue(memory);
    }

    /** Returns the same memory for Java. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Returns the size in bytes. */
    public int size() {
        return bytes.capacity();
    }

    @Override
    public void close() {
        release.run();
    }
}
