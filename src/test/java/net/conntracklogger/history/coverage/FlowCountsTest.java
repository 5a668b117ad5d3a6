// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import org.junit.jupiter.api.Test;

/** A service starts at 100 and counts 5 flows until 200, 10 until 300; another starts at 400 and counts 7 until 500. */
class FlowCountsTest {
    private final List<FlowRow> notices = new ArrayList<>(
            List.of(statistics(200, "100", "5"), statistics(300, "100", "10"), statistics(500, "400", "7")));
    /** Times of the rows that the log has. */
    private final List<Long> rows = new ArrayList<>();

    {
        add(5, 150);
        add(5, 250);
        add(7, 450);
    }

    private void add(int count, long time) {
        for (int i = 0; i < count; i++) {
            rows.add(time);
        }
    }

    private static FlowRow statistics(long time, String since, String flows) {
        FlowRow row = new FlowRow(time, 0, 0);
        row.add(JournalField.STAT_SINCE, since);
        if (flows != null) {
            row.add(JournalField.STAT_FLOWS, flows);
        }
        return row;
    }

    private List<Gap> miscounts(long since, long until) throws IOException {
        return FlowCounts.miscounts(
                FlowCounts.of(notices),
                new TimeSpan(since, until),
                (first, last) -> rows.stream()
                        .filter(time -> time > first && time < last)
                        .count());
    }

    private static Gap gap(long since, long until, long count) {
        return new Gap(Gap.Kind.MISCOUNTED, since, until, count, "");
    }

    @Test
    void findsNoneIfTheLogHasAsMany() throws IOException {
        assertEquals(List.of(), miscounts(0, 1000));
    }

    @Test
    void namesTheIntervalOfAMissingFlow() throws IOException {
        rows.remove(250L);
        assertEquals(List.of(gap(200, 300, 1)), miscounts(0, 1000));
        assertEquals(List.of(gap(200, 300, 1)), miscounts(220, 230));
    }

    @Test
    void looksAtTheIntervalsOfTheSpanOnly() throws IOException {
        rows.remove(150L);
        assertEquals(List.of(), miscounts(201, 1000));
    }

    @Test
    void countsTheFirstIntervalOfEachRunFromItsStart() throws IOException {
        rows.removeIf(time -> time == 450);
        assertEquals(List.of(gap(400, 500, 7)), miscounts(0, 1000));
    }

    @Test
    void doubtsMoreFlowsThanWereWritten() throws IOException {
        rows.add(151L);
        assertEquals(List.of(gap(100, 200, Gap.UNKNOWN)), miscounts(0, 1000));
    }

    @Test
    void bridgesStatisticsThatAreMissing() throws IOException {
        notices.remove(0);
        assertEquals(List.of(), miscounts(0, 1000));
        rows.remove(150L);
        assertEquals(List.of(gap(100, 300, 1)), miscounts(0, 1000));
    }

    @Test
    void ignoresStatisticsOfOlderVersions() {
        assertEquals(List.of(), FlowCounts.of(List.of(statistics(200, "100", null))));
    }
}
