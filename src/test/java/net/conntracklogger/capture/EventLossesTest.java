// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.handover.DropCount;
import org.junit.jupiter.api.Test;

class EventLossesTest {
    private final LossLedger ledger = new LossLedger();
    private final EventLosses losses = new EventLosses(ledger, DropCount.ofThisProcess());

    @Test
    void countsOnlyWhatIsNew() {
        assertEquals(0, losses.count(0, 0));
        assertEquals(7, losses.count(5, 2));
        assertEquals(7, ledger.total());
        assertEquals(0, losses.count(5, 2));
        assertEquals(1, losses.count(6, 2));
        assertEquals(3, losses.count(6, 5));
        assertEquals(11, ledger.total());
    }

    /** The kernel counts drops in 32 bits. */
    @Test
    void countsOnAfterTheKernelsCounterWraps() {
        losses.count(0xffff_fffeL, 0);
        assertEquals(5, losses.count(3, 0));
    }
}
