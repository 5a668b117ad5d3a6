// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.names.NameCounts;
import org.junit.jupiter.api.Test;

class NameWatchTest {
    private static final String FIRST =
            "destination names incomplete: 1 DNS answers not understood, 2 dropped, names of 3"
                    + " addresses displaced; flows to these addresses may lack FLOW_DNAME";

    private NameCounts counts = new NameCounts(0, 0, 0, 0);
    private long clock;
    private final NameWatch watch = new NameWatch(() -> counts, () -> clock);

    @Test
    void reportsNothingIfNothingIsMissing() {
        counts = new NameCounts(0, 0, 0, 10_000);
        assertEquals(Optional.empty(), watch.check());
        assertEquals("10000 DNS answers ignored that nobody asked for", watch.status());
    }

    @Test
    void reportsAtOnceThenOnceAnHour() {
        counts = new NameCounts(1, 2, 3, 0);
        assertEquals(Optional.of(FIRST), watch.check().map(Notice::text));
        counts = new NameCounts(1, 2, 4, 0);
        clock = TimeUnit.HOURS.toNanos(1) - 1;
        assertEquals(Optional.empty(), watch.check());
        clock++;
        assertEquals(Optional.of(FIRST.replace("of 3", "of 4")), watch.check().map(Notice::text));
        clock += TimeUnit.HOURS.toNanos(2);
        assertEquals(Optional.empty(), watch.check());
    }

    @Test
    void reportsTheRestAtTheEnd() {
        counts = new NameCounts(1, 2, 2, 0);
        watch.check();
        counts = new NameCounts(1, 2, 3, 0);
        assertEquals(Optional.of(FIRST), watch.finish().map(Notice::text));
        assertEquals(Optional.empty(), watch.finish());
    }

    @Test
    void showsBothInTheStatus() {
        assertEquals("", watch.status());
        counts = new NameCounts(1, 2, 3, 4);
        assertEquals(
                "1 DNS answers not understood, 2 dropped, names of 3 addresses displaced; 4 DNS answers ignored that nobody"
                        + " asked for",
                watch.status());
    }
}
