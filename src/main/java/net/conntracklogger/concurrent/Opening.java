// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Opens a resource in a thread of its own. Opening takes long, and the rest of the start does not need the resource
 * yet. Not thread-safe.
 */
public final class Opening<T extends Closeable> implements Closeable {
    /** Opens a resource. */
    @FunctionalInterface
    public interface Source<T> {
        T open() throws IOException;
    }

    private final CompletableFuture<T> opened = new CompletableFuture<>();
    private boolean taken;

    private Opening() {}

    /**
     * Starts to open a resource.
     *
     * @param name of the thread, which ends when the resource is open
     */
    public static <T extends Closeable> Opening<T> start(String name, Source<T> source) {
        Opening<T> opening = new Opening<>();
        new Thread(() -> opening.run(source), name).start();
        return opening;
    }

    private void run(Source<T> source) {
        try {
            opened.complete(source.open());
        } catch (Throwable e) {
            opened.completeExceptionally(e);
        }
    }

    /**
     * Waits until the resource is open and returns it. The caller closes it.
     *
     * @throws IOException if the source threw it; what else the source threw is thrown, too
     */
    public T take() throws IOException {
        taken = true;
        try {
            return opened.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    /** Waits until the resource is open, and closes it if it was not taken. */
    @Override
    public void close() throws IOException {
        if (!taken) {
            taken = true;
            T resource = opened.exceptionally(e -> null).join();
            if (resource != null) {
                resource.close();
            }
        }
    }
}
