// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.terminal.Screen;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LiveTableTest {
    private static final Screen SCREEN = new Screen(80, 24, /* colour= */ false);
    private static final long NOW = 1_795_467_585_000_000L;

    private final Moments moments = new Moments(/* utc= */ true);
    private final LiveTable table = new LiveTable(moments);

    @BeforeEach
    void add() {
        table.add(row("new", "a.service", "192.0.2.1"));
        table.add(row("new", "b.service", "192.0.2.2"));
        table.add(row("new", "b.service", "192.0.2.2"));
        FlowRow end = row("end", "a.service", "192.0.2.1");
        end.add(JournalField.FLOW_ORIG_BYTES, "2048");
        end.add(JournalField.FLOW_REPLY_BYTES, "100");
        table.add(end);
        FlowRow progress = row("progress", "a.service", "192.0.2.1");
        progress.add(JournalField.FLOW_ORIG_BYTES, "1024");
        table.add(progress);
    }

    @AfterEach
    void close() {
        moments.close();
    }

    @Test
    void hasThoseWhoOpenedTheMostFirst() {
        assertEquals(
                List.of(
                        "2026-11-23 20:59:45 UTC, 3 flows in 2.0 s",
                        "UNIT       FLOWS  FLOWS/S  OUT  ENDED  SENT  RECEIVED  LAST FLOW",
                        "b.service      2      1.0    2                         tcp > 192.0.2.2:80",
                        "a.service      1      0.5    1      1  2.0K      100B  tcp > 192.0.2.1:80"),
                table.lines(LiveTable.Key.unit, 2_000_000, NOW, SCREEN, true));
    }

    @Test
    void hasOtherKeys() {
        assertEquals(
                "192.0.2.2      2      1.0    2                         tcp > 192.0.2.2:80",
                table.lines(LiveTable.Key.destination, 2_000_000, NOW, SCREEN, true)
                        .get(2)
                        .replaceFirst("DESTINATION", "")
                        .replaceFirst("192.0.2.2 +2", "192.0.2.2      2"));
        assertEquals(
                List.of("PORT,FLOWS,OUT,IN,ENDED,SENT,RECEIVED", "\"tcp 80\",3,3,0,1,2048,100"),
                table.csv(LiveTable.Key.port, true));
    }

    @Test
    void isEmptyAfterItIsCleared() {
        table.clear();
        assertEquals(List.of(), table.json(LiveTable.Key.unit, 1, NOW));
    }

    private static FlowRow row(String event, String service, String destination) {
        FlowRow row = new FlowRow(NOW, 0, 0);
        row.add(JournalField.FLOW_EVENT, event);
        row.add(JournalField.FLOW_DIRECTION, "outbound");
        row.add(JournalField.FLOW_PROTO, "tcp");
        row.add(JournalField.FLOW_DST, destination);
        row.add(JournalField.FLOW_DPORT, "80");
        row.add(JournalField.PID_SERVICE, service);
        return row;
    }
}
