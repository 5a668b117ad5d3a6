// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Shortage;
import org.junit.jupiter.api.Test;

class ShortageWatchTest {
    private static final long SECOND = 1_000_000_000;

    private long clock = Long.MAX_VALUE - SECOND; // It wraps soon.
    private long micros = 5;
    private final List<Loss> losses = new ArrayList<>();
    private Shortage shortage = new Shortage(0, 0);
    private final ShortageWatch watch = new ShortageWatch(() -> shortage, losses::add, () -> clock, () -> micros);

    private String check() {
        return watch.check().map(Notice::text).orElse("nothing");
    }

    @Test
    void reportsNothingIfNoRecordIsMissing() {
        assertEquals("nothing", check());
        assertEquals("", watch.status());
    }

    @Test
    void reportsTheFirstMissingRecordsAtOnce() {
        shortage = new Shortage(12, 3);
        assertEquals(
                "BPF maps too small: at least 12 flow and 3 process records dropped;"
                        + " raise KernelFlows= and KernelProcesses=",
                check());
        assertEquals("nothing", check());
    }

    @Test
    void namesOnlyTheKeyThatHelps() {
        shortage = new Shortage(1, 0);
        assertEquals("BPF maps too small: at least 1 flow records dropped; raise KernelFlows=", check());
        clock += 60 * SECOND;
        shortage = new Shortage(1, 5);
        assertEquals("BPF maps too small: at least 5 process records dropped; raise KernelProcesses=", check());
    }

    @Test
    void reportsOnceAMinuteTheRecordsSinceTheLastReport() {
        shortage = new Shortage(10, 0);
        check();
        shortage = new Shortage(11, 0);
        clock += 60 * SECOND - 1;
        assertEquals("nothing", check());
        shortage = new Shortage(15, 0);
        clock += 1;
        assertEquals("BPF maps too small: at least 5 flow records dropped; raise KernelFlows=", check());
    }

    @Test
    void countsFlowRecordsAsLossesOfOwners() {
        shortage = new Shortage(12, 3);
        micros = 9;
        check();
        clock += 60 * SECOND;
        shortage = new Shortage(12, 4);
        check();
        assertEquals(List.of(new Loss(Loss.Place.OWNER, 12, 5, 9)), losses);
    }

    @Test
    void hasAKindOfItsOwn() {
        shortage = new Shortage(1, 0);
        assertEquals(
                Notice.Kind.KERNEL_RECORDS_SHORT, watch.check().orElseThrow().kind());
    }

    @Test
    void reportsTheRestAtTheEndWithoutWaiting() {
        shortage = new Shortage(10, 0);
        check();
        shortage = new Shortage(10, 2);
        assertEquals(
                "BPF maps too small: at least 2 process records dropped; raise KernelProcesses=",
                watch.finish().orElseThrow().text());
        assertEquals("nothing", watch.finish().map(Notice::text).orElse("nothing"));
    }

    @Test
    void showsInItsStatusTheRecordsSinceTheStart() {
        shortage = new Shortage(10, 0);
        check();
        shortage = new Shortage(12, 3);
        assertEquals("12 flow and 3 process records dropped", watch.status());
    }
}
