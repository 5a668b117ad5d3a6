// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class KnownSocketsTest {
    private final KnownSockets known = new KnownSockets();

    @Nested
    class OfAnAddedSocket {
        @Test
        void isSeenFromThatMomentOn() {
            long before = System.nanoTime();
            assertFalse(known.seenSince(socket(1, 53), before), "not added yet");
            known.add(socket(1, 53));
            assertFalse(known.seenSince(socket(1, 53), before - 1), "before it was added");
            assertTrue(known.seenSince(socket(1, 53), System.nanoTime()));
        }

        @Test
        void keepsTheFirstMoment() {
            known.add(socket(1, 53));
            long first = System.nanoTime();
            known.add(socket(1, 53));
            assertTrue(known.seenSince(socket(1, 53), first));
        }

        @Test
        void isSeenWithItsPortOnly() {
            known.add(socket(1, 53));
            assertFalse(known.seenSince(socket(1, 54), System.nanoTime()), "same socket, another port");
            assertFalse(known.seenSince(socket(2, 53), System.nanoTime()), "another socket, same port");
        }
    }

    @Nested
    class OfASurvey {
        @Test
        void dropsSocketsThatItDidNotVisit() {
            known.add(socket(1, 53));
            known.add(socket(2, 123));
            known.survey(socket(1, 53));
            assertTrue(known.seenSince(socket(2, 123), System.nanoTime()), "the survey has not ended");
            known.endSurvey();
            assertFalse(known.seenSince(socket(2, 123), System.nanoTime()));
            assertTrue(known.seenSince(socket(1, 53), System.nanoTime()));
        }

        @Test
        void keepsTheMomentFromBefore() {
            known.add(socket(1, 53));
            long then = System.nanoTime();
            known.survey(socket(1, 53));
            known.survey(socket(3, 500));
            known.endSurvey();
            assertTrue(known.seenSince(socket(1, 53), then), "added before the survey");
            assertFalse(known.seenSince(socket(3, 500), then), "first seen by the survey");
            assertTrue(known.seenSince(socket(3, 500), System.nanoTime()));
        }

        @Test
        void startsEmptyEachTime() {
            known.survey(socket(1, 53));
            known.endSurvey();
            known.survey(socket(2, 53));
            known.endSurvey();
            assertFalse(known.seenSince(socket(1, 53), System.nanoTime()));
            assertTrue(known.seenSince(socket(2, 53), System.nanoTime()));
        }
    }

    @Nested
    class BeyondItsCapacity {
        @Test
        void neverSawTheSocketsAdded() {
            for (int number = 0; number <= KnownSockets.CAPACITY; number++) {
                known.add(socket(number, 53));
            }
            assertLastIsUnknown();
        }

        @Test
        void neverSawTheSocketsSurveyed() {
            for (int number = 0; number <= KnownSockets.CAPACITY; number++) {
                known.survey(socket(number, 53));
            }
            known.endSurvey();
            assertLastIsUnknown();
        }

        private void assertLastIsUnknown() {
            long now = System.nanoTime();
            assertTrue(known.seenSince(socket(KnownSockets.CAPACITY - 1, 53), now));
            assertFalse(known.seenSince(socket(KnownSockets.CAPACITY, 53), now));
        }
    }

    private static DiagSocket socket(long number, int port) {
        return new DiagSocket(number, port, 0, 0, 0, false, false);
    }
}
