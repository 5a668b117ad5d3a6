// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A file that other users read, and that is replaced as a whole. Calls the kernel itself, because {@code java.nio.file} takes
 * half a millisecond for it, until the JVM has compiled that after minutes.
 */
public record ReplacedFile(Path path) {
    /** {@code rw-r--r--} */
    private static final int MODE = 0644;

    /**
     * Replaces the file.
     *
     * @throws IOException if it cannot be written; the message names it
     */
    public void write(String text) throws IOException {
        String next = path.resolveSibling("." + path.getFileName() + ".new").toString();
        try (NativeBuffer from = NativeBuffer.ofString(next);
                NativeBuffer to = NativeBuffer.ofString(path.toString())) {
            try (FileDescriptor file = create(from, next)) {
                new DescriptorOutput(file.number(), next).write(text.getBytes(StandardCharsets.UTF_8));
                if (LibC.fchmod(file.number(), MODE) < 0) {
                    throw LinuxException.last("set the mode of", next, "");
                }
            }
            if (LibC.rename(from.pointer(), to.pointer()) < 0) {
                throw LinuxException.last("rename", next, "");
            }
        } catch (LinuxException e) {
            throw new IOException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }

    /** Creates a file in the place of what has its name. Follows no symbolic link that the owner of the directory may have put there. */
    private static FileDescriptor create(NativeBuffer path, String name) throws LinuxException {
        int flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_EXCL | LibC.O_CLOEXEC;
        int fd = LibC.open(path.pointer(), flags, MODE);
        if (fd < 0 && Native.getLastError() == Errno.EEXIST) {
            LibC.unlink(path.pointer());
            fd = LibC.open(path.pointer(), flags, MODE);
        }
        return FileDescriptor.of(fd, "create", name, "");
    }
}
