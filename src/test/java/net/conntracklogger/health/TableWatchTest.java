// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.netfilter.TableCounts;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableWatchTest {

    private final WatchClock clock = new WatchClock();
    private TableCounts counts = new TableCounts(0xffff_fff0L, 7, 3);
    private boolean readable = true;
    /** Nanoseconds since the last reading began. */
    private long age;

    private final List<Loss> losses = new ArrayList<>();
    private TableWatch watch;

    @BeforeEach
    void start() {
        watch = new TableWatch(this::read, losses::add, clock::nanos, clock::micros);
        watch.finish(); // The first reading.
    }

    private RepeatedReading.Timed<TableCounts> read() throws IOException {
        if (!readable) {
            throw new LinuxException("read", "conntrack statistics", 12, "");
        }
        return counts == null ? null : new RepeatedReading.Timed<>(counts, clock.nanos() - age);
    }

    private List<Notice> check(int seconds) {
        return clock.check(watch, seconds);
    }

    /** The kernel's counters have 32 bits. */
    private void count(long dropped, long evicted, long uninserted) {
        counts = new TableCounts(
                counts.dropped() + dropped & 0xffff_ffffL,
                counts.evicted() + evicted,
                counts.uninserted() + uninserted);
    }

    private static Loss table(long count, long since, long until) {
        return WatchClock.loss(Loss.Place.TABLE, count, since, until);
    }

    @Test
    void reportsNothingOfBefore() {
        assertEquals(List.of(), check(100));
        assertEquals(List.of(), losses);
    }

    /** A packet dropped after the reading is in the next count. */
    @Test
    void beginsTheIntervalWithTheReadingBefore() {
        age = 9 * WatchClock.SECOND;
        check(10);
        count(1, 0, 0);
        check(10);
        assertEquals(List.of(table(1, 1_001, 1_020)), losses);
    }

    @Test
    void reportsDroppedPacketsWithinTenSecondsAndTheEndWithinAMinute() {
        check(15);
        count(40, 2, 0);
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.TABLE_FULL,
                        "conntrack table full: 40 packets of new flows dropped, 2 flows evicted in the last seconds;"
                                + " the host refuses flows; raise net.netfilter.nf_conntrack_max")),
                check(10));
        assertEquals(List.of(table(40, 1010, 1020)), losses);
        assertEquals(List.of(), check(40));
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.TABLE_NOT_FULL, "conntrack table no longer full; new flows are tracked")),
                check(10));
        assertEquals(List.of(), check(300));
    }

    @Test
    void countsEachLossButWarnsOnceUntilTheEnd() {
        count(1, 0, 0);
        assertEquals(1, check(10).size());
        for (int i = 0; i < 20; i++) {
            count(5, 0, 0);
            assertEquals(List.of(), check(10));
        }
        assertEquals(101, losses.stream().mapToLong(Loss::count).sum());
        for (int i = 1; i < losses.size(); i++) {
            assertEquals(losses.get(i - 1).until(), losses.get(i).since());
        }
    }

    @Test
    void reportsEarlyEvictionsWithoutALoss() {
        count(0, 9, 0);
        assertEquals(Notice.Kind.TABLE_FULL, check(10).get(0).kind());
        assertEquals(List.of(), losses, "the ends of these flows are logged");
    }

    /** Two packets of one tuple at once: the second is dropped, but the table is not full. */
    @Test
    void reportsNothingIfFlowsOnlyClash() {
        count(3, 0, 3);
        assertEquals(List.of(), check(100));
        assertEquals(List.of(), losses);
    }

    @Test
    void waitsForTheFirstReading() {
        TableCounts first = counts;
        counts = null;
        TableWatch early = new TableWatch(this::read, losses::add, clock::nanos, clock::micros);
        clock.pass(10);
        assertEquals(Optional.empty(), early.check());
        counts = first;
        clock.pass(10);
        assertEquals(Optional.empty(), early.check());
        assertEquals(List.of(), losses);
    }

    @Test
    void reportsTheRestAtStop() {
        check(3);
        count(2, 0, 0);
        assertEquals(Optional.of(Notice.Kind.TABLE_FULL), watch.finish().map(Notice::kind));
        assertEquals(List.of(table(2, 1000, 1003)), losses);
    }

    @Test
    void showsInTheStatusThatTheCountsCannotBeRead() {
        readable = false;
        assertEquals(List.of(), check(10));
        assertEquals("cannot read conntrack statistics: Cannot allocate memory (errno 12)", watch.status());
        readable = true;
        count(1, 0, 0);
        assertEquals(1, check(10).size());
        assertEquals("", watch.status());
    }
}
