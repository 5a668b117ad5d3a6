// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class TrackingTableWatchTest {
    private static final String REMOVED =
            "nft table that enables connection tracking was removed;" + " flows that began meanwhile may be missing; ";

    private final WatchClock clock = new WatchClock();
    private boolean gone;
    private boolean addable = true;
    private final List<Loss> losses = new ArrayList<>();
    private final TrackingTableWatch watch =
            new TrackingTableWatch(this::restore, losses::add, clock::nanos, clock::micros);

    private boolean restore() throws IOException {
        if (gone && !addable) {
            throw new IOException("cannot add it");
        }
        boolean added = gone;
        gone = false;
        return added;
    }

    private List<Notice> check(int seconds) {
        return clock.check(watch, seconds);
    }

    private static Loss off(long since, long until) {
        return WatchClock.loss(Loss.Place.OFF, Loss.UNKNOWN, since, until);
    }

    @Test
    void addsTheTableAgainAndReportsTheLoss() {
        assertEquals(List.of(), check(30));
        gone = true;
        assertEquals(List.of(new Notice(Notice.Kind.TRACKING_REMOVED, REMOVED + "added again")), check(10));
        assertEquals(List.of(off(1030, 1040)), losses);
        assertEquals(List.of(), check(100));
        assertEquals(1, losses.size());
    }

    @Test
    void reportsOnceThatItCannotBeAddedAndTheEnd() {
        gone = true;
        addable = false;
        assertEquals(List.of(new Notice(Notice.Kind.TRACKING_REMOVED, REMOVED + "cannot add it")), check(100));
        assertEquals("cannot add it", watch.status());
        addable = true;
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.TRACKING_ACTIVE, "connection tracking active again; new flows are logged")),
                check(10));
        assertEquals("", watch.status());
        assertEquals(List.of(off(1000, 1060), off(1060, 1110)), losses);
    }
}
