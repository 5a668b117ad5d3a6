// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

/** The line that {@code systemctl status} shows: counts since the start, then what the log lacks. */
public final class StatusLine {
    private final StringBuilder text = new StringBuilder();

    /**
     * Creates the line with the counts that it always has.
     *
     * @param flows new and existing flows that were read
     * @param attributed flows among them that have a process
     * @param written entries
     * @param dropped events and entries that were lost, in all places
     */
    public StatusLine(long flows, long attributed, long written, long dropped) {
        text.append("%d flows, %d attributed".formatted(flows, attributed));
        if (flows > 0) {
            // Rounds down, so that 100 % means all.
            text.append(" (%d %%)".formatted(100 * attributed / flows));
        }
        text.append(", %d written, %d dropped".formatted(written, dropped));
    }

    /** Adds a part, unless it is empty. */
    public void add(String part) {
        if (!part.isEmpty()) {
            text.append("; ").append(part);
        }
    }

    /** Adds a part with a count, unless the count is 0. */
    public void add(long count, String format) {
        if (count != 0) {
            add(format.formatted(count));
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
