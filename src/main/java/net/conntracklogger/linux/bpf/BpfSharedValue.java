// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;

/**
 * The value of an array map with one entry, mapped into this process's memory. The map has {@code BPF_F_MMAPABLE}.
 * Programs and this process see each other's changes at once. Must not be used once it is closed.
 */
public final class BpfSharedValue implements AutoCloseable {
    private final Pointer memory;
    private final int length;
    private final ByteBuffer bytes;

    /**
     * Maps a value.
     *
     * @param fd of the map; the mapping lasts longer
     * @param length of the value in bytes
     */
    public BpfSharedValue(int fd, int length) throws LinuxException {
        this.length = length;
        memory = LibC.mmap(null, length, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, fd, 0);
        if (Pointer.nativeValue(memory) == LibC.MAP_FAILED) {
            throw LinuxException.last("map into memory", "a BPF map", "");
        }
        bytes = memory.getByteBuffer(0, length).order(ByteOrder.nativeOrder());
    }

    /** Returns the value. */
    public ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void close() {
        LibC.munmap(memory, length);
    }
}
