// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/** Resources that are closed in reverse order, each also if another cannot be closed. */
public final class ResourceStack implements Closeable {
    private final Deque<Closeable> opened = new ArrayDeque<>();

    /** Adds a resource that is open. */
    public <T extends Closeable> T open(T resource) {
        opened.push(resource);
        return resource;
    }

    /** Creates a temporary directory, which is deleted with its files. */
    public Path directory(String prefix) throws IOException {
        Path directory = Files.createTempDirectory(prefix);
        opened.push(() -> delete(directory));
        return directory;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Closes all resources. Resources can be added again afterwards. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        while (!opened.isEmpty()) {
            try {
                opened.pop().close();
            } catch (IOException e) {
                if (failure != null) {
                    e.addSuppressed(failure);
                }
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
