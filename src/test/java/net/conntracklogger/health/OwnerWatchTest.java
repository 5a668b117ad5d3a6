// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;

class OwnerWatchTest {
    private final WatchClock clock = new WatchClock();
    private long found;
    private final Map<Unattributed, Long> missed =
            new EnumMap<>(Map.of(Unattributed.PROCESS_GONE, 0L, Unattributed.LATE, 0L));
    private final OwnerWatch watch = new OwnerWatch(() -> found, () -> new EnumMap<>(missed), clock::nanos);

    /** Lets twenty seconds pass in which new flows are attributed. */
    private List<Notice> pass(int with, int without) {
        found += with;
        missed.merge(Unattributed.PROCESS_GONE, (long) without, Long::sum);
        return clock.check(watch, 20);
    }

    @Test
    void reportsTheBeginningAndTheEnd() {
        assertEquals(List.of(), pass(1000, 0));
        missed.merge(Unattributed.LATE, 5L, Long::sum);
        assertEquals(
                List.of(
                        new Notice(
                                Notice.Kind.OWNERS_MISSING,
                                "owners missing more often than usual: 15 of 100 new flows lack their process, usually 0.0 %;"
                                        + " most frequent reason: process-gone; look for other warnings and for a busy machine")),
                pass(85, 10));
        assertEquals("owners missing more often than usual", watch.status());
        assertEquals(List.of(), pass(85, 15));
        assertEquals(
                List.of(
                        new Notice(
                                Notice.Kind.OWNERS_FOUND,
                                "owners missing no more often than usual: 1 of 100 new flows lack their process, usually 0.0 %")),
                pass(99, 1));
        assertEquals("", watch.status());
    }

    @Test
    void reportsNoFewer() {
        assertEquals(List.of(), pass(91, 9));
    }

    /** A host whose owners are often missing, for example without BPF. */
    @Test
    void learnsWhatIsUsual() {
        assertEquals(1, pass(80, 20).size());
        for (int i = 0; i < 100; i++) {
            pass(92, 8);
        }
        assertEquals(List.of(), pass(80, 20));
        assertEquals(1, pass(70, 30).size());
    }

    @Test
    void waitsForFiftyFlows() {
        assertEquals(List.of(), pass(0, 20));
        assertEquals(List.of(), pass(0, 20));
        assertEquals(1, pass(0, 20).size());
    }
}
