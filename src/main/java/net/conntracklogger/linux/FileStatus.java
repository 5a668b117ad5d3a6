// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;

/**
 * Status of a file as statx(2) reports it.
 *
 * @param device {@code major << 20 | minor}, as the kernel itself writes a device number
 * @param inode the inode number on that device
 * @param mode type and permissions
 * @param size in bytes
 * @param modified last change of the contents, in nanoseconds since the epoch
 * @param changed last change of contents or status, in nanoseconds since the epoch; no system call sets it
 */
public record FileStatus(int device, long inode, int mode, long size, long modified, long changed) {
    /** struct statx of linux/stat.h */
    private static final int STATX_LENGTH = 256;

    private static final int STX_MODE = 28;
    private static final int STX_INO = 32;
    private static final int STX_SIZE = 40;
    private static final int STX_CTIME = 96;
    private static final int STX_MTIME = 112;
    private static final int STX_DEV_MAJOR = 136;
    private static final int STX_DEV_MINOR = 140;
    private static final int MINOR_BITS = 20;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    /** {@code S_IFMT}, {@code S_IFREG} */
    private static final int TYPE = 0170000;

    private static final int REGULAR = 0100000;

    /** Returns the status of an open descriptor. */
    public static FileStatus of(int fd) throws LinuxException {
        try (NativeBuffer statx = new NativeBuffer(STATX_LENGTH)) {
            int result = statx(fd, "", LibC.AT_EMPTY_PATH, statx);
            if (result < 0) {
                throw new LinuxException("read the status of", "descriptor " + fd, -result, "");
            }
            return read(statx.bytes());
        }
    }

    /**
     * Returns the status of a file; null if statx(2) fails. Does not follow a link that the path names, but returns its
     * status.
     *
     * @param directory descriptor of the directory at which the path begins, or {@link LibC#AT_FDCWD}
     */
    public static FileStatus ofLink(int directory, String path) {
        try (NativeBuffer statx = new NativeBuffer(STATX_LENGTH)) {
            return statx(directory, path, LibC.AT_SYMLINK_NOFOLLOW, statx) < 0 ? null : read(statx.bytes());
        }
    }

    /** Returns 0 or {@code -errno}. */
    private static int statx(int directory, String file, int flags, NativeBuffer statx) {
        try (NativeBuffer path = NativeBuffer.ofString(file)) {
            int result = LibC.statx(directory, path.pointer(), flags, LibC.STATX_BASIC_STATS, statx.pointer());
            return result < 0 ? -Native.getLastError() : 0;
        }
    }

    private static FileStatus read(ByteBuffer statx) {
        return new FileStatus(
                device(statx.getInt(STX_DEV_MAJOR), statx.getInt(STX_DEV_MINOR)),
                statx.getLong(STX_INO),
                Short.toUnsignedInt(statx.getShort(STX_MODE)),
                statx.getLong(STX_SIZE),
                nanos(statx, STX_MTIME),
                nanos(statx, STX_CTIME));
    }

    /** Returns the kernel's device number, {@code MKDEV} of linux/kdev_t.h. */
    public static int device(int major, int minor) {
        return major << MINOR_BITS | minor;
    }

    private static long nanos(ByteBuffer bytes, int at) {
        return bytes.getLong(at) * NANOS_PER_SECOND + bytes.getInt(at + Long.BYTES);
    }

    /** Reports whether this is a regular file. */
    public boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }
}
