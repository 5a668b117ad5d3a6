// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import net.conntracklogger.flow.Loss;
import org.junit.jupiter.api.Test;

class LossLedgerTest {
    private final long began = now();
    private final LossLedger ledger = new LossLedger();

    @Test
    void reportsNothingIfNothingWasLost() {
        ledger.add(Loss.Place.KERNEL, 0);
        ledger.add(Loss.Place.DECODE, -1);
        assertEquals(List.of(), ledger.take());
        assertEquals(0, ledger.total());
    }

    @Test
    void countsEachPlace() {
        ledger.add(Loss.Place.QUEUE, 2);
        ledger.add(Loss.Place.KERNEL, 19_834);
        ledger.add(Loss.Place.QUEUE, 1);
        assertEquals(19_837, ledger.total());
        List<Loss> losses = ledger.take();
        assertEquals(2, losses.size());
        assertLoss(Loss.Place.KERNEL, 19_834, losses.get(0));
        assertLoss(Loss.Place.QUEUE, 3, losses.get(1));
    }

    @Test
    void reportsEachLossOnce() {
        ledger.add(Loss.Place.QUEUE, 2);
        ledger.take();
        assertEquals(List.of(), ledger.take());
        assertEquals(2, ledger.total(), "the total is that since the start");
    }

    @Test
    void leavesNoGapBetweenReports() {
        ledger.add(Loss.Place.QUEUE, 1);
        Loss first = ledger.take().get(0);
        ledger.add(Loss.Place.QUEUE, 1);
        assertEquals(first.until(), ledger.take().get(0).since());
    }

    @Test
    void reportsAgainWhatIsPutBack() {
        ledger.add(Loss.Place.JOURNAL, 5);
        Loss unwritten = ledger.take().get(0);
        ledger.add(Loss.Place.JOURNAL, 2);
        ledger.putBack(unwritten);
        Loss both = ledger.take().get(0);
        assertLoss(Loss.Place.JOURNAL, 7, both);
        assertEquals(unwritten.since(), both.since());
        assertEquals(7, ledger.total());
    }

    private void assertLoss(Loss.Place place, long count, Loss loss) {
        assertEquals(place, loss.place());
        assertEquals(count, loss.count());
        assertTrue(began <= loss.since() && loss.since() <= loss.until() && loss.until() <= now(), loss::toString);
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
