// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The lines that a process writes. Not thread-safe. */
public final class Lines {
    /** Longer than any line takes to arrive. */
    private static final long PATIENCE_SECONDS = 30;

    /** Marks the end. Text lines have no NUL. */
    private static final String END = "\0";

    private final BlockingQueue<String> coming = new LinkedBlockingQueue<>();
    private final List<String> returned = new ArrayList<>();
    private boolean ended;

    Lines(InputStream stream) {
        Thread reader = new Thread(() -> read(stream), "lines");
        reader.setDaemon(true);
        reader.start();
    }

    private void read(InputStream stream) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            lines.lines().forEach(coming::add);
        } catch (IOException | UncheckedIOException e) {
            // The test ended the process.
        }
        coming.add(END);
    }

    /** Waits for the next line. Returns null if the process has closed its output. */
    public String next() throws InterruptedException {
        String line = ended ? END : coming.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no further line after " + returned);
        }
        ended = line.equals(END);
        if (ended) {
            return null;
        }
        returned.add(line);
        return line;
    }

    /** Waits for a line that matches, and skips the others. */
    public String next(Predicate<String> matches) throws InterruptedException {
        for (String line = next(); line != null; line = next()) {
            if (matches.test(line)) {
                return line;
            }
        }
        throw new AssertionError("no such line among " + returned);
    }

    /** Waits for the end of the output. Returns all lines, including those that were returned before. */
    public List<String> all() throws InterruptedException {
        while (next() != null) {}
        return returned;
    }
}
