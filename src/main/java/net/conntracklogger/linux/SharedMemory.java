// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Pointer;

/**
 * Memory that outlives this process if another process holds its descriptor (memfd_create(2)). The contents must not be used
 * once this is closed.
 */
public final class SharedMemory implements AutoCloseable {
    private final FileDescriptor descriptor;
    private final Pointer memory;
    private final int size;

    private SharedMemory(FileDescriptor descriptor, Pointer memory, int size) {
        this.descriptor = descriptor;
        this.memory = memory;
        this.size = size;
    }

    /**
     * Creates memory that is all zero. A page takes no memory of the host until it is written.
     *
     * @param name shown in {@code /proc/PID/fd}
     * @param size in bytes
     */
    public static SharedMemory create(String name, int size) throws LinuxException {
        FileDescriptor descriptor =
                FileDescriptor.of(LibC.memfd_create(name, LibC.MFD_CLOEXEC), "create", "memory " + name, "");
        if (LibC.ftruncate(descriptor.number(), size) < 0) {
            LinuxException failure = LinuxException.last("size", "memory " + name, "");
            descriptor.close();
            throw failure;
        }
        return map(descriptor, size);
    }

    /**
     * Maps memory that another process created, and takes over its descriptor.
     *
     * @throws LinuxException if the descriptor is of something else or of another size
     */
    public static SharedMemory adopt(FileDescriptor descriptor, int size) throws LinuxException {
        try {
            if (FileStatus.of(descriptor.number()).size() != size) {
                throw new LinuxException("adopt", "memory", Errno.EINVAL, "its size is not " + size);
            }
        } catch (LinuxException e) {
            descriptor.close();
            throw e;
        }
        return map(descriptor, size);
    }

    private static SharedMemory map(FileDescriptor descriptor, int size) throws LinuxException {
        Pointer memory =
                LibC.mmap(null, size, LibC.PROT_READ | LibC.PROT_WRITE, LibC.MAP_SHARED, descriptor.number(), 0);
        if (Pointer.nativeValue(memory) == LibC.MAP_FAILED) {
            LinuxException failure = LinuxException.last("map", "shared memory", "");
            descriptor.close();
            throw failure;
        }
        return new SharedMemory(descriptor, memory, size);
    }

    /** Returns the descriptor, which {@link #close} closes. */
    public int fd() {
        return descriptor.number();
    }

    /** Returns a part of the memory. */
    public NativeBuffer slice(int offset, int length) {
        return new NativeBuffer(memory.share(offset, length), length);
    }

    /** Returns a part of the memory to the host; its contents become zero. Does nothing if the kernel refuses. */
    public void release(int offset, int length) {
        LibC.fallocate(fd(), LibC.FALLOC_FL_PUNCH_HOLE | LibC.FALLOC_FL_KEEP_SIZE, offset, length);
    }

    @Override
    public void close() {
        LibC.munmap(memory, size);
        descriptor.close();
    }
}
