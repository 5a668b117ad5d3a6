// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A directory for what a question takes beyond its memory. Only the user who asks can read it. It is removed at the end, also if a
 * signal ends the program. Safe for use by several threads.
 */
public final class Scratch implements Closeable {
    private final Path directory;
    private final Thread remover = new Thread(this::remove, "scratch-remover");

    private Scratch(Path directory) {
        this.directory = directory;
    }

    /** Makes a directory of a new name. */
    public static Scratch in(Path parent) throws IOException {
        Scratch scratch = new Scratch(Files.createTempDirectory(parent, "conntrack-logger-"));
        Runtime.getRuntime().addShutdownHook(scratch.remover);
        return scratch;
    }

    public Path directory() {
        return directory;
    }

    private void remove() {
        try (Stream<Path> below = Files.walk(directory)) {
            List<Path> deepestFirst = below.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            return; // systemd-tmpfiles(8) removes old files of /var/tmp.
        }
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(remover);
        } catch (IllegalStateException e) {
            return; // The program ends already.
        }
    }
}
