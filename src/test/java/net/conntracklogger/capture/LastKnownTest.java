// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.capture.SampleFlows.begun;
import static net.conntracklogger.capture.SampleFlows.existing;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.conntracklogger.flow.AttributedFlow;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Times are microseconds after the start. */
class LastKnownTest {
    private static final long START = 1_795_451_954_000_000L;
    private static final AttributedFlow EXISTING = existing(1);
    private static final AttributedFlow NEW = begun(1, START + 10);

    private long clock = START;
    private final LastKnown known = new LastKnown(() -> clock);

    private void at(long micros) {
        clock = START + micros;
    }

    @Nested
    class AnExistingFlow {
        @Test
        void isKnownUntilTheStart() {
            at(100);
            known.onLosses(0);
            assertEquals(100, known.age(EXISTING), "the kernel may report no end of it");
        }

        @Test
        void isKnownUntilTheBeginningOfTheLastCheck() {
            at(100);
            known.onLosses(0);
            at(150);
            known.beginCheck();
            assertEquals(150, known.age(EXISTING), "this check may find that it has ended");
            at(200);
            known.endCheck();
            assertEquals(100, known.age(EXISTING));
        }
    }

    @Nested
    class ANewFlow {
        @Test
        void isKnownUntilLossesWereLastCounted() {
            at(100);
            known.onLosses(0);
            at(130);
            assertEquals(30, known.age(NEW));
        }

        @Test
        void isKnownUntilAnEventWasLost() {
            at(100);
            known.onLosses(0);
            at(200);
            known.onLosses(1);
            at(300);
            known.onLosses(0);
            assertEquals(200, known.age(NEW), "the lost event may have been its end");
        }

        @Test
        void isKnownUntilTheBeginningOfTheCheckAfterALoss() {
            at(100);
            known.onLosses(1);
            at(200);
            known.onLosses(0);
            known.beginCheck();
            at(300);
            known.onLosses(0);
            assertEquals(290, known.age(NEW), "this check may find that it has ended");
            known.endCheck();
            assertEquals(100, known.age(NEW));
            at(400);
            known.onLosses(0);
            assertEquals(0, known.age(NEW), "no event was lost since");
        }

        @Test
        void isNotKnownAgainIfEventsWereLostDuringTheCheck() {
            at(100);
            known.onLosses(1);
            known.beginCheck();
            at(200);
            known.onLosses(1);
            known.endCheck();
            at(300);
            known.onLosses(0);
            assertEquals(200, known.age(NEW));
        }

        @Test
        void isKnownSinceItBegan() {
            at(10);
            known.onLosses(1);
            at(50);
            assertEquals(40, known.age(NEW), "no more than since its beginning");
        }
    }

    @Test
    void checksNewFlowsOnlyAfterALoss() {
        assertEquals(false, known.beginCheck());
        known.endCheck();
        known.onLosses(1);
        assertEquals(true, known.beginCheck());
        known.endCheck();
        assertEquals(false, known.beginCheck());
    }

    /** The clock may be set back. */
    @Test
    void isNeverNegative() {
        at(-500);
        assertEquals(0, known.age(EXISTING));
    }
}
