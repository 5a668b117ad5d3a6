// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowTextTest {
    /** PID_COMM has unprintable bytes as {@code \xNN} and a backslash doubled. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "curl           | curl(5)",
                "Web Content    | Web\\x20Content(5)",
                "a) < b(1       | a\\x29\\x20\\x3c\\x20b\\x281(5)",
                "\\x1b[31mred   | \\x1b[31mred(5)",
                "a\\\\x1b         | a\\x5cx1b(5)",
                "a\\\\           | a\\x5c(5)",
                "日本           | 日本(5)",
            })
    void namesAProcessAsItsAncestryDoes(String comm, String process) {
        FlowRow row = new FlowRow(0, 0, 0);
        row.add(JournalField.PID, "5");
        row.add(JournalField.PID_COMM, comm);
        assertEquals(process, FlowText.process(row));
    }

    @ParameterizedTest
    @CsvSource({
        "refused, tcp > 192.0.2.7:443",
        "summary, tcp * > 192.0.2.7:443",
    })
    void leavesOutASourceThatWasNeverChosen(String event, String tuple) {
        FlowRow row = new FlowRow(0, 0, 0);
        row.add(JournalField.FLOW_EVENT, event);
        row.add(JournalField.FLOW_PROTO, "tcp");
        row.add(JournalField.FLOW_DST, "192.0.2.7");
        row.add(JournalField.FLOW_DPORT, "443");
        assertEquals(tuple, FlowText.tuple(row));
    }
}
