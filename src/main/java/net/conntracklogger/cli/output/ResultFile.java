// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.output;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** A file that a user wants a result in. */
public record ResultFile(Path path) {
    /**
     * Writes the file, whole or not at all. Replaces a file that is there, also by a symbolic link. What is no regular file, such
     * as a pipe, is written to.
     *
     * @throws IOException if that fails; the message names the file
     */
    public void write(String text) throws IOException {
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                Files.writeString(path, text, StandardOpenOption.WRITE);
            } else {
                replace(Files.exists(path) ? path.toRealPath() : path.toAbsolutePath(), text);
            }
        } catch (IOException e) {
            throw new IOException("cannot write " + path + ": " + reason(e), e);
        }
    }

    private static void replace(Path target, String text) throws IOException {
        Path next = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
        try {
            Files.writeString(next, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            Files.move(next, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    private static String reason(IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such directory";
        }
        String reason = failure instanceof FileSystemException known ? known.getReason() : failure.getMessage();
        return reason == null ? failure.toString() : reason;
    }
}
