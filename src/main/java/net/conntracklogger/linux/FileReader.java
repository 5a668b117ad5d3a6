// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;

/**
 * Reads the small files, links and directories of /proc and /sys. Reuses its buffers, so that a read allocates only the
 * encoded path. Reports errors as {@code -errno}, because most files vanish with their process. This includes paths that
 * are longer than the kernel takes, because strangers choose parts of them. Not thread-safe.
 */
public final class FileReader implements AutoCloseable {
    private static final int PATH_LENGTH = 4096;
    private static final int FIRST_SIZE = 64 * 1024;
    /** Maximum number of bytes; a longer file is cut off. */
    private static final int LARGEST = 64 * 1024 * 1024;

    private static final byte[] SOCKET_LINK = "socket:[".getBytes(StandardCharsets.US_ASCII);
    /** struct linux_dirent64 {u64 ino; s64 off; u16 reclen; u8 type; char name[]} */
    private static final int DIRENT_RECLEN = 16;

    private static final int DIRENT_NAME = 19;

    private final NativeBuffer path = new NativeBuffer(PATH_LENGTH);
    private NativeBuffer content = new NativeBuffer(FIRST_SIZE);
    private final NativeBuffer entries = new NativeBuffer(FIRST_SIZE);
    private final NativeBuffer link = new NativeBuffer(PATH_LENGTH);

    /**
     * Reads a file into {@link #content}, up to 64 MiB.
     *
     * @return the length in bytes, or {@code -errno}
     */
    public int read(String file) {
        return read(file, LARGEST);
    }

    /**
     * Reads the beginning of a file into {@link #content}.
     *
     * @param most bytes after which reading ends; the call that reaches that number may read more
     * @return the length in bytes, or {@code -errno}
     */
    public int read(String file, int most) {
        int fd = open(file, LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (fd < 0) {
            return fd;
        }
        try {
            int length = 0;
            while (true) {
                if (length >= most || length == content.size() && !grow()) {
                    return length;
                }
                long got = LibC.read(fd, content.pointer().share(length), content.size() - length);
                if (got < 0) {
                    return -Native.getLastError();
                }
                if (got == 0) {
                    return length;
                }
                length += (int) got;
            }
        } finally {
            LibC.close(fd);
        }
    }

    /** Returns what {@link #read} or {@link #readLink} read last, from offset 0. */
    public ByteBuffer content() {
        return content.bytes();
    }

    /**
     * Reads the target of a symbolic link into {@link #content}.
     *
     * @return the length in bytes, or {@code -errno}
     */
    public int readLink(String file) {
        return readLink(LibC.AT_FDCWD, file);
    }

    /**
     * Reads the target of a symbolic link into {@link #content}.
     *
     * @param directory descriptor of the directory at which the path begins
     * @return the length in bytes, or {@code -errno}
     */
    public int readLink(int directory, String file) {
        int refused = setPath(file);
        if (refused < 0) {
            return refused;
        }
        long length = LibC.readlinkat(directory, path.pointer(), content.pointer(), content.size());
        return length < 0 ? -Native.getLastError() : (int) length;
    }

    /** Returns the bytes that {@link #read} or {@link #readLink} read; none if the length is an error. */
    public byte[] bytes(int length) {
        byte[] bytes = new byte[Math.max(length, 0)];
        content.bytes().get(0, bytes);
        return bytes;
    }

    /**
     * Returns the inode of the socket that a link of {@code /proc/PID/fd} names. Leaves {@link #content} as it is.
     *
     * @return 0 if the link names something else, or {@code -errno}
     */
    public long socketInode(String file) {
        int refused = setPath(file);
        if (refused < 0) {
            return refused;
        }
        int length = (int) LibC.readlinkat(LibC.AT_FDCWD, path.pointer(), link.pointer(), link.size());
        if (length < 0) {
            return -Native.getLastError();
        }
        ByteBuffer bytes = link.bytes();
        for (int i = 0; i < SOCKET_LINK.length; i++) {
            if (i >= length || bytes.get(i) != SOCKET_LINK[i]) {
                return 0;
            }
        }
        long inode = 0;
        for (int i = SOCKET_LINK.length; i < length - 1; i++) {
            inode = inode * 10 + bytes.get(i) - '0';
        }
        return inode;
    }

    /**
     * Visits the entries of a directory whose names are numbers, until the visitor returns false.
     *
     * @return 0, or {@code -errno}
     */
    public int visitNumbers(String directory, IntPredicate visitor) {
        int fd = open(directory, LibC.O_RDONLY | LibC.O_DIRECTORY | LibC.O_CLOEXEC);
        if (fd < 0) {
            return fd;
        }
        try {
            while (true) {
                int length = (int) LibC.getdents64(fd, entries.pointer(), entries.size());
                if (length <= 0) {
                    return length < 0 ? -Native.getLastError() : 0;
                }
                for (int at = 0; at < length; at += entries.bytes().getShort(at + DIRENT_RECLEN) & 0xffff) {
                    int number = number(at + DIRENT_NAME);
                    if (number >= 0 && !visitor.test(number)) {
                        return 0;
                    }
                }
            }
        } finally {
            LibC.close(fd);
        }
    }

    /** Returns the number that the name at an offset consists of. Returns -1 if the name is not a number of 31 bits. */
    private int number(int at) {
        long number = 0;
        int i = at;
        for (; entries.bytes().get(i) != 0; i++) {
            int digit = entries.bytes().get(i) - '0';
            if (digit < 0 || digit > 9 || number > Integer.MAX_VALUE) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return i == at || number > Integer.MAX_VALUE ? -1 : (int) number;
    }

    private int open(String file, int flags) {
        int refused = setPath(file);
        if (refused < 0) {
            return refused;
        }
        int fd = LibC.open(path.pointer(), flags);
        return fd < 0 ? -Native.getLastError() : fd;
    }

    /**
     * Returns 0, or {@code -errno} if the kernel cannot be given the path. The path is too long, or has a NUL in it.
     */
    private int setPath(String file) {
        byte[] encoded = file.getBytes(StandardCharsets.UTF_8);
        if (encoded.length >= PATH_LENGTH) {
            return -Errno.ENAMETOOLONG;
        }
        if (file.indexOf(0) >= 0) {
            return -Errno.EINVAL;
        }
        path.bytes().put(0, encoded).put(encoded.length, (byte) 0);
        return 0;
    }

    private boolean grow() {
        if (content.size() >= LARGEST) {
            return false;
        }
        NativeBuffer larger = new NativeBuffer(content.size() * 2);
        larger.bytes().put(0, content.bytes(), 0, content.size());
        content.close();
        content = larger;
        return true;
    }

    @Override
    public void close() {
        path.close();
        content.close();
        entries.close();
        link.close();
    }
}
