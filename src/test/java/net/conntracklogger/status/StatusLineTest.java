// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StatusLineTest {
    @Test
    void showsTheCounts() {
        assertEquals(
                "900 flows, 880 attributed (97 %), 899 written, 1 dropped",
                new StatusLine(900, 880, 899, 1).toString());
    }

    @Test
    void showsAllOnlyIfAllAreAttributed() {
        assertEquals(
                "100000 flows, 99999 attributed (99 %), 0 written, 0 dropped",
                new StatusLine(100_000, 99_999, 0, 0).toString());
        assertEquals("2 flows, 2 attributed (100 %), 2 written, 0 dropped", new StatusLine(2, 2, 2, 0).toString());
    }

    @Test
    void showsNoShareOfNoFlows() {
        assertEquals("0 flows, 0 attributed, 0 written, 0 dropped", new StatusLine(0, 0, 0, 0).toString());
    }

    @Test
    void leavesOutEmptyPartsAndCountsOfZero() {
        StatusLine line = new StatusLine(0, 0, 0, 0);
        line.add("");
        line.add(0, "%d open flows evicted");
        line.add("names of 3 addresses");
        line.add(2, "%d messages not understood");
        assertEquals(
                "0 flows, 0 attributed, 0 written, 0 dropped; names of 3 addresses; 2 messages not understood",
                line.toString());
    }
}
