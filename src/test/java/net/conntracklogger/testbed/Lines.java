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

/** The lines that a process writes. One thread uses it. */
public final class Lines {
    /** Far longer than any line takes to come. */
    private static final long PATIENCE_SECONDS = 30;

    /** Stands for the end; no text line has a NUL. */
    private static final String END = "\0";

    private final BlockingQueue<String> coming = new LinkedBlockingQueue<>();
    private final List<String> taken = new ArrayList<>();
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
            // The process was ended from here.
        }
        coming.add(END);
    }

    /** Waits for the next line; null is the end. */
    public String next() throws InterruptedException {
        String line = ended ? END : coming.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("no further line after " + taken);
        }
        ended = line.equals(END);
        if (ended) {
            return null;
        }
        taken.add(line);
        return line;
    }

    /** Waits for a line that fits, and passes over others. */
    public String next(Predicate<String> fits) throws InterruptedException {
        for (String line = next(); line != null; line = next()) {
            if (fits.test(line)) {
                return line;
            }
        }
        throw new AssertionError("no such line among " + taken);
    }

    /** Waits for the end; answers all lines, those that were taken before too. */
    public List<String> all() throws InterruptedException {
        while (next() != null) {}
        return taken;
    }
}
