// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import net.conntracklogger.linux.Decimal;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.FileStatus;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** An executable that is open for reading. As long as it is open, no other file gets its inode number. */
public final class OpenExecutable implements AutoCloseable {
    private static final int CHUNK_LENGTH = 64 * 1024;
    /** Most bytes of a table of mounts to read. A user can make 100,000 mounts in a namespace. */
    private static final int MOST_TEXT = 1 << 20;

    private final String path;
    private final FileDescriptor fd;
    private final FileSystemType fileSystem;

    private OpenExecutable(String path, FileDescriptor fd, FileSystemType fileSystem) {
        this.path = path;
        this.fd = fd;
        this.fileSystem = fileSystem;
    }

    /** Opens a file. Does not block if the file is a FIFO or a terminal, but may if its file system does not answer. */
    public static OpenExecutable open(String path) throws LinuxException {
        FileDescriptor fd = FileDescriptor.open(path, LibC.O_RDONLY | LibC.O_NONBLOCK | LibC.O_NOCTTY);
        try {
            return new OpenExecutable(path, fd, FileSystemType.of(fd.number(), path));
        } catch (LinuxException e) {
            fd.close();
            throw e;
        }
    }

    FileStatus status() throws LinuxException {
        return FileStatus.of(fd.number());
    }

    /** Reports whether only the kernel of this host can change the file. */
    boolean isLocal() {
        return fileSystem.isLocal();
    }

    /** Reports whether every change of the contents changes the times of the file. */
    public boolean keepsTimes() {
        return fileSystem.keepsTimes();
    }

    /**
     * Reports whether the kernel has the file under these numbers. On Btrfs and on some overlays stat(2) returns others; there
     * {@code /proc/self/fdinfo} has the inode, and the table of mounts the device.
     *
     * @param mounts {@code mountinfo} of the process by whose path the file was opened
     */
    boolean is(int device, long inode, String mounts, FileReader files) throws LinuxException {
        FileStatus status = status();
        if (status.device() == device && status.inode() == inode) {
            return true;
        }
        String info = text(files, "/proc/self/fdinfo/" + fd.number());
        return inode == field(info, "ino:") && device == device(text(files, mounts), field(info, "mnt_id:"));
    }

    private static String text(FileReader files, String file) {
        return new String(files.bytes(files.read(file, MOST_TEXT)), StandardCharsets.UTF_8);
    }

    /** Returns the number behind a name at a line's beginning; -1 if absent. */
    static long field(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Decimal.parse(line.substring(name.length()).strip()))
                .findFirst()
                .orElse(-1);
    }

    /**
     * Returns the device of a mount; -1 if the mount is not in the table. The device is the third field of a line in a
     * table of mounts (proc(5)).
     */
    static int device(String mounts, long mount) {
        return mounts.lines()
                .map(line -> line.split(" ", 4))
                .filter(fields -> fields.length == 4 && fields[0].equals(Long.toString(mount)))
                .mapToInt(fields -> device(fields[2]))
                .findFirst()
                .orElse(-1);
    }

    private static int device(String numbers) {
        long major = Decimal.parse(numbers);
        long minor = Decimal.parse(numbers, numbers.indexOf(':') + 1);
        return major < 0 || minor < 0 ? -1 : FileStatus.device((int) major, (int) minor);
    }

    /** Reads the file to its end. Returns the SHA-256 of what it read in hexadecimal digits. */
    String digest() throws IOException {
        MessageDigest digest = sha256();
        try (NativeBuffer chunk = new NativeBuffer(CHUNK_LENGTH)) {
            for (long length = read(chunk); length > 0; length = read(chunk)) {
                digest.update(chunk.bytes().slice(0, (int) length));
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private long read(NativeBuffer chunk) throws LinuxException {
        long length = LibC.read(fd.number(), chunk.pointer(), chunk.size());
        if (length < 0) {
            throw LinuxException.last("read", path, "");
        }
        return length;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
