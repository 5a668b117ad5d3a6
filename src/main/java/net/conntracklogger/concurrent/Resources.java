// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Resources that one object owns. They are closed in reverse order of their addition, because a resource may use those
 * added before it. Not thread-safe.
 */
public final class Resources implements Closeable {
    private final Deque<Closeable> open = new ArrayDeque<>();

    /** Adds a resource and returns it. */
    public <T extends Closeable> T add(T resource) {
        open.push(resource);
        return resource;
    }

    /**
     * Closes all resources, even if some fail to close. Does nothing if called again.
     *
     * @throws IOException the first failure; those after it are suppressed in it
     */
    @Override
    public void close() throws IOException {
        Closeable last = open.poll();
        if (last == null) {
            return;
        }
        Closeable others = this;
        try (others) {
            last.close();
        }
    }

    /** Closes all resources because of a failure. Failures to close are suppressed in it. */
    public void closeAfter(Throwable failure) {
        try {
            close();
        } catch (IOException | RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }
}
