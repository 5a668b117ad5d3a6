// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/** A file that other users read, and that is replaced as a whole. */
record ReplacedFile(Path path) {
    private static final String PERMISSIONS = "rw-r--r--";

    /**
     * Replaces the file.
     *
     * @throws IOException if it cannot be written; the message names it
     */
    void write(String text) throws IOException {
        Path next = path.resolveSibling("." + path.getFileName() + ".new");
        try {
            Files.deleteIfExists(next);
            // Follows no symbolic link that the owner of the directory may have put there.
            Files.writeString(next, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString(PERMISSIONS));
            Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new IOException("cannot write " + path + ": " + e, e);
        }
    }
}
