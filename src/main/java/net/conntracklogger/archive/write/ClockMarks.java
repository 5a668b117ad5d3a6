// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.util.List;
import net.conntracklogger.history.query.FlowRow;

/** Marks where the clock was set back: a row without values before, and one after. Not thread-safe. */
final class ClockMarks {
    /** Clocks are adjusted by less than this without being set, in microseconds. */
    private static final long SLEWED_MICROS = 1_000_000;

    private FlowRow last;

    /** Returns the marks to be put before a row. */
    List<FlowRow> check(FlowRow row) {
        FlowRow before = last;
        last = row;
        if (before == null || before.boot() != row.boot()) {
            return List.of();
        }
        long offset = before.time() - before.monotonic();
        boolean setBack = offset - (row.time() - row.monotonic()) > SLEWED_MICROS;
        return setBack ? List.of(mark(before), mark(row)) : List.of();
    }

    private static FlowRow mark(FlowRow row) {
        return new FlowRow(row.time(), row.monotonic(), row.boot());
    }
}
