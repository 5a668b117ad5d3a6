// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.util.Set;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** The type of the file system that a file is on (statfs(2)). */
record FileSystemType(long magic) {
    /** {@code struct statfs} of {@code asm-generic/statfs.h} begins with {@code f_type}. */
    private static final int STATFS_LENGTH = 120;

    /** Types of {@code linux/magic.h}: ext2/3/4, XFS, Btrfs, F2FS, EROFS, SquashFS, ISO 9660. */
    private static final Set<Long> KEEPING_TIMES =
            Set.of(0xEF53L, 0x58465342L, 0x9123683EL, 0xF2F52010L, 0xE0F5E1E2L, 0x73717368L, 0x9660L);
    /** tmpfs (memfd_create(2) too), ramfs, overlayfs, ZFS, bcachefs. Writes through mmap(2) may not change their times. */
    private static final Set<Long> LOCAL = Set.of(0x01021994L, 0x858458F6L, 0x794C7630L, 0x2FC12FC1L, 0xCA451A4EL);

    /**
     * Returns the type of the file system of an open file.
     *
     * @param path names the file in an error
     */
    static FileSystemType of(int fd, String path) throws LinuxException {
        try (NativeBuffer buffer = new NativeBuffer(STATFS_LENGTH)) {
            if (LibC.fstatfs(fd, buffer.pointer()) < 0) {
                throw LinuxException.last("fstatfs", path, "");
            }
            return new FileSystemType(buffer.bytes().getLong(0));
        }
    }

    /** Reports whether only the kernel of this host serves the files. No other host and no program of a user does. */
    boolean isLocal() {
        return LOCAL.contains(magic) || keepsTimes();
    }

    /** Reports whether every change of the contents of a file changes its times. */
    boolean keepsTimes() {
        return KEEPING_TIMES.contains(magic);
    }
}
