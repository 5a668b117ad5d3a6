// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.flow.Loss;
import org.junit.jupiter.api.Test;

class UnreportedLossesTest {
    private final UnreportedLosses losses = UnreportedLosses.ofThisProcess();

    @Test
    void areLeftWithTheTimeSinceWhenTheyHold() {
        losses.set(Loss.Place.KERNEL, 3, 1000);
        losses.set(Loss.Place.QUEUE, 0, 1000);
        assertEquals(List.of(new Loss(Loss.Place.KERNEL, 3, 1000, 2000)), losses.left(2000));
    }

    @Test
    void areCountedByTheNextLedger() {
        new LossLedger(losses).add(Loss.Place.JOURNAL, 5);
        assertEquals(5, new LossLedger(losses).total());
    }
}
