// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import org.junit.jupiter.api.Test;

/** Rows come as the log passes them, the most recent first. */
class FlowSetTest {
    private final FlowSet flows = new FlowSet(3);

    @Test
    void keepsTheEndOfAFlowRatherThanItsBegin() {
        flows.take(row("end", "7", "100", 900, "5"));
        flows.take(row("new", "7", "100", 100, "5"));
        assertEquals(1, flows.rows().size());
        assertEquals("end", flows.rows().get(0).get(JournalField.FLOW_EVENT));
    }

    @Test
    void keepsTheRowThatHasTheProcess() {
        flows.take(row("end", "7", "100", 900, null));
        flows.take(row("new", "7", "100", 100, "5"));
        assertEquals("new", flows.rows().get(0).get(JournalField.FLOW_EVENT));
    }

    @Test
    void joinsAnExistingFlowWithItsBegin() {
        flows.take(row("existing", "7", null, 900, "5"));
        flows.take(row("new", "7", "100", 100, "5"));
        assertEquals(1, flows.rows().size());
        assertEquals(100, flows.rows().get(0).begin());
    }

    @Test
    void joinsAnEndWithoutATimeWithItsBegin() {
        flows.take(row("end", "7", null, 900, null));
        flows.take(row("new", "7", "100", 100, "5"));
        assertEquals(1, flows.rows().size());
        assertEquals(100, flows.rows().get(0).begin());
    }

    /** The kernel's time is a little earlier than that of the event. */
    @Test
    void joinsAnExistingFlowThatHasATimeOfItsOwn() {
        flows.take(row("existing", "7", "20000000", 30_000_000, null));
        flows.take(row("new", "7", "20000050", 20_000_060, "5"));
        flows.take(row("new", "7", "10000000", 10_000_010, "6"));
        assertEquals(
                List.of("6", "5"),
                flows.rows().stream().map(row -> row.get(JournalField.PID)).toList());
    }

    @Test
    void tellsFlowsApartThatHaveTheSameId() {
        flows.take(row("new", "7", "900", 900, "5"));
        flows.take(row("new", "7", "100", 100, "5"));
        assertEquals(2, flows.rows().size());
        assertEquals(100, flows.rows().get(0).begin());
    }

    @Test
    void takesNoMoreThanFit() {
        for (int i = 0; i < 3; i++) {
            assertTrue(flows.take(row("new", Integer.toString(i), "100", 100, "5")));
        }
        assertTrue(flows.isComplete());
        assertTrue(flows.take(row("new", "2", "100", 100, "5")));
        assertFalse(flows.take(row("new", "3", "100", 100, "5")));
        assertFalse(flows.isComplete());
    }

    private static FlowRow row(String event, String id, String begin, long time, String pid) {
        FlowRow row = new FlowRow(time, 0, 0);
        row.add(JournalField.FLOW_EVENT, event);
        row.add(JournalField.FLOW_ID, id);
        if (begin != null) {
            row.add(JournalField.FLOW_TIMESTAMP, begin);
        }
        if (pid != null) {
            row.add(JournalField.PID, pid);
        }
        return row;
    }
}
