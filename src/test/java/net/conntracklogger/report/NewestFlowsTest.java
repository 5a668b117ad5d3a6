// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import org.junit.jupiter.api.Test;

/** The log reaches from 500 s to 2000 s. */
class NewestFlowsTest {
    private static final long SECOND = 1_000_000;

    private final RowLog log = new RowLog();

    @Test
    void comeFirst() throws IOException {
        for (int second = 1000; second < 1010; second++) {
            log.add(second, "new", "a.service", "192.0.2." + second % 100);
        }
        assertEquals(List.of("192.0.2.9", "192.0.2.8", "192.0.2.7"), newest(0, 3));
    }

    @Test
    void areSearchedInTheLastMinutesFirst() throws IOException {
        log.add(600, "new", "a.service", "192.0.2.1");
        log.add(1900, "new", "a.service", "192.0.2.2");
        assertEquals(List.of("192.0.2.2"), newest(0, 1));
        assertEquals(1, log.asked.size());
        assertEquals(List.of("192.0.2.2", "192.0.2.1"), newest(0, 2));
        assertEquals(3, log.asked.size());
    }

    @Test
    void haveTheBytesOfTheirEnd() throws IOException {
        log.add(1000, "new", "a.service", "192.0.2.1").add(FLOW_TIMESTAMP, "1000000000");
        FlowRow end = log.add(1005, "end", "a.service", "192.0.2.1");
        end.add(FLOW_TIMESTAMP, "1000000000");
        log.rows.forEach(row -> row.add(FLOW_ID, "7"));
        end.add(FLOW_ORIG_BYTES, "10");
        assertEquals("10", flows(0, 5).get(0).get(FLOW_ORIG_BYTES));
        assertEquals(1, flows(0, 5).size());
    }

    @Test
    void areAllThereIfOneHasManyEntries() throws IOException {
        log.add(1000, "new", "a.service", "192.0.2.1").add(FLOW_ID, "1");
        log.add(1001, "new", "a.service", "192.0.2.2").add(FLOW_ID, "2");
        log.rows.forEach(row -> row.add(FLOW_TIMESTAMP, Long.toString(row.time())));
        for (int second = 1100; second < 1150; second++) {
            FlowRow progress = log.add(second, "progress", "a.service", "192.0.2.2");
            progress.add(FLOW_ID, "2");
            progress.add(FLOW_TIMESTAMP, "1001000000");
        }
        assertEquals(List.of("192.0.2.2", "192.0.2.1"), newest(0, 2));
    }

    @Test
    void beganInTheSpan() throws IOException {
        log.add(1000, "end", "a.service", "192.0.2.1").add(FLOW_TIMESTAMP, "800000000");
        log.add(1001, "end", "a.service", "192.0.2.2").add(FLOW_TIMESTAMP, "950000000");
        assertEquals(List.of("192.0.2.2"), newest(900, 5));
    }

    private List<String> newest(long since, int most) throws IOException {
        return flows(since, most).stream().map(row -> row.get(FLOW_DST)).toList();
    }

    private List<FlowRow> flows(long since, int most) throws IOException {
        TimeSpan span = new TimeSpan(since * SECOND, 2000 * SECOND);
        return new NewestFlows(log, most).of(FlowQuery.in(span), log.coverage(span));
    }
}
