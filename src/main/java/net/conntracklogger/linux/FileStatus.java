// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.nio.ByteBuffer;

/**
 * What statx(2) tells of an open file.
 *
 * @param device {@code major << 20 | minor}, as the kernel itself writes a device number
 * @param inode its number there
 * @param mode type and permissions
 * @param size in bytes
 * @param modified last change of the contents, nanoseconds since the epoch
 * @param changed last change of contents or status, nanoseconds since the epoch; nobody can set it
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

    /** Of an open descriptor. */
    public static FileStatus of(int fd) throws LinuxException {
        try (NativeBuffer path = new NativeBuffer(1);
                NativeBuffer buffer = new NativeBuffer(STATX_LENGTH)) {
            if (LibC.statx(fd, path.pointer(), LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, buffer.pointer()) < 0) {
                throw new LinuxException("statx", "descriptor " + fd, Native.getLastError(), "");
            }
            ByteBuffer bytes = buffer.bytes();
            return new FileStatus(
                    device(bytes.getInt(STX_DEV_MAJOR), bytes.getInt(STX_DEV_MINOR)),
                    bytes.getLong(STX_INO),
                    Short.toUnsignedInt(bytes.getShort(STX_MODE)),
                    bytes.getLong(STX_SIZE),
                    nanos(bytes, STX_MTIME),
                    nanos(bytes, STX_CTIME));
        }
    }

    /** The kernel's device number, {@code MKDEV} of linux/kdev_t.h. */
    public static int device(int major, int minor) {
        return major << MINOR_BITS | minor;
    }

    private static long nanos(ByteBuffer bytes, int at) {
        return bytes.getLong(at) * NANOS_PER_SECOND + bytes.getInt(at + Long.BYTES);
    }

    public boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }
}
