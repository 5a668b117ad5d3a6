// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ComputedIdsTest {
    private static FlowRow row(JournalField without) {
        FlowRow row = new FlowRow(0, 0, 0);
        row.add(FLOW_PROTO, "tcp");
        put(row, without, FLOW_SRC, "192.0.2.1");
        put(row, without, FLOW_SPORT, "40000");
        put(row, without, FLOW_DST, "192.0.2.2");
        put(row, without, FLOW_DPORT, "443");
        return row;
    }

    private static void put(FlowRow row, JournalField without, JournalField field, String value) {
        if (field != without) {
            row.add(field, value);
        }
    }

    @Test
    void areOfTheWholeTuple() {
        assertNotNull(new ComputedIds().of(row(null), FLOW_COMMUNITY_ID));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOW_SRC", "FLOW_SPORT", "FLOW_DST", "FLOW_DPORT"})
    void areAbsentIfAPartIs(JournalField part) {
        assertNull(new ComputedIds().of(row(part), FLOW_COMMUNITY_ID));
    }
}
