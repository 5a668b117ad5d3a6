// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import java.util.Map;
import java.util.TreeMap;

/**
 * Counts failures that the service survives, by the work that failed. Keeps the most recent of each. Shortages of
 * memory and bugs are among them; an {@link OutOfMemoryError} is not survived. Thread-safe.
 */
public final class Failures {
    /**
     * The failures of one kind of work since the start.
     *
     * @param number how many there were
     * @param last what the most recent one said
     */
    public record Count(long number, String last) {}

    private final Map<String, Count> counts = new TreeMap<>();

    /** Counts a failure of some work, such as {@code "attribution"}. */
    public synchronized void add(String work, Throwable failure) {
        Count before = counts.get(work);
        counts.put(work, new Count(before == null ? 1 : before.number + 1, describe(failure)));
    }

    /** Describes a failure in one line. A bug is described with its place in the code. */
    private static String describe(Throwable failure) {
        if (!(failure instanceof RuntimeException) && !(failure instanceof Error) && failure.getMessage() != null) {
            return failure.getMessage();
        }
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length == 0
                ? failure.toString()
                : "%s at %s:%d".formatted(failure, trace[0].getFileName(), trace[0].getLineNumber());
    }

    /** Returns the failures of each kind of work that failed. */
    public synchronized Map<String, Count> counts() {
        return new TreeMap<>(counts);
    }
}
