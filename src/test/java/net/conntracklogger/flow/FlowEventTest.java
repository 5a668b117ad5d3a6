// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.entry.Flows;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FlowEventTest {
    private static final FlowTuple ORIGINAL = Flows.tcp("192.0.2.1", 40000, "198.51.100.7", 80);
    private static final FlowEvent NEW = Flows.event(ORIGINAL);
    private static final FlowEnd END = new FlowEnd(5, 100, 2, 300, 4);

    @Nested
    class Reversed {

        @Test
        void swapsTuplesAndFigures() {
            FlowEvent end = NEW.ended(END).reversed();
            assertEquals(ORIGINAL.reversed(), end.original());
            assertEquals(ORIGINAL, end.reply());
            assertEquals(new FlowEnd(5, 300, 4, 100, 2), end.end());
            assertEquals(NEW.ended(END), end.reversed());
        }

        @Test
        void isOfTheSameFlow() {
            assertTrue(NEW.isOfFlow(NEW.reversed()));
            assertTrue(NEW.reversed().isOfFlow(NEW));
            FlowEvent other = Flows.event(Flows.tcp("192.0.2.1", 40001, "198.51.100.7", 80));
            assertFalse(NEW.isOfFlow(other), "another flow with the same id");
        }

        @Test
        void keepsAnUnseenEnd() {
            assertEquals(
                    FlowEnd.unseen(7), NEW.ended(FlowEnd.unseen(7)).reversed().end());
        }
    }

    @Nested
    class OfAnEnd {

        @Test
        void takesTimeAndDirectionFromTheBeginning() {
            FlowEvent end = at(ORIGINAL, /* midstream= */ false, 0).ended(END);
            FlowEvent whole = end.withBeginning(at(ORIGINAL, /* midstream= */ true, 9));
            assertEquals(9, whole.timestamp());
            assertTrue(whole.midstream());
            assertEquals(END, whole.end());
            FlowEvent reversed = end.withBeginning(at(ORIGINAL.reversed(), /* midstream= */ true, 9));
            assertEquals(ORIGINAL.reversed(), reversed.original());
            assertEquals(new FlowEnd(5, 300, 4, 100, 2), reversed.end());
        }

        @Test
        void keepsItsTimeIfTheBeginningHasNone() {
            FlowEvent end = at(ORIGINAL, /* midstream= */ false, 8).ended(END);
            assertEquals(
                    8,
                    end.withBeginning(at(ORIGINAL, /* midstream= */ false, 0)).timestamp());
        }

        private static FlowEvent at(FlowTuple original, boolean midstream, long timestamp) {
            return new FlowEvent(
                    FlowEvent.Kind.NEW, 7, original, original.reversed(), 0, 0, midstream, timestamp, null, null);
        }
    }

    @Nested
    class Translated {

        @Test
        void hasTheTupleBehindNat() {
            FlowEvent event = Flows.event(ORIGINAL, Flows.tcp("10.0.0.2", 8080, "203.0.113.9", 50000));
            assertTrue(event.isTranslated());
            assertEquals(Flows.tcp("203.0.113.9", 50000, "10.0.0.2", 8080), event.translated());
        }

        @Test
        void keepsTypeAndCodeOfAPing() {
            FlowEvent event = Flows.event(
                    Flows.ping("192.0.2.1", "198.51.100.7", 8), Flows.ping("198.51.100.7", "203.0.113.9", 0));
            assertEquals(Flows.ping("203.0.113.9", "198.51.100.7", 8), event.translated());
        }

        @Test
        void isTheOriginalTupleWithoutNat() {
            assertFalse(NEW.isTranslated());
            assertEquals(ORIGINAL, NEW.translated());
        }
    }

    @Test
    void movesToAnotherNamespace() {
        NetworkNamespace blue = new NetworkNamespace(0, "blue", 1);
        assertNull(NEW.namespace());
        assertEquals(blue, NEW.in(blue).namespace());
        assertEquals(NEW, NEW.in(blue).in(null));
    }
}
