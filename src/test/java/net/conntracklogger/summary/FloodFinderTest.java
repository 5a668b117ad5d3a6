// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.summary;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class FloodFinderTest {
    private static final int RATE = 100;

    private final SummaryBed bed = new SummaryBed(10);
    private final FloodFinder finder = new FloodFinder();

    private void add(int count, AttributedFlow flow) {
        for (int i = 0; i < count; i++) {
            finder.add(flow, /* asEnd= */ false);
        }
    }

    private static Optional<FloodSource> unit(String name) {
        return Optional.of(new FloodSource(FloodSource.Kind.UNIT, name, null));
    }

    @Nested
    class ByTheRate {
        private Optional<FloodSource> seconds(int seconds, int count) {
            Optional<FloodSource> found = Optional.empty();
            for (int i = 0; i < seconds; i++) {
                add(count, bed.outbound("junk.service", "192.0.2.2", 80));
                found = finder.endSecond(RATE);
            }
            return found;
        }

        /** Sources are counted from the second after the first one with too many flows. */
        @Test
        void findsTheUnitAfterTenSecondsRunning() {
            assertEquals(Optional.empty(), seconds(10, RATE + 1));
            assertEquals(unit("junk.service"), seconds(1, RATE + 1));
        }

        @Test
        void beginsAnewAfterASecondWithFewerFlows() {
            seconds(10, RATE + 1);
            seconds(1, RATE);
            assertEquals(Optional.empty(), seconds(10, RATE + 1));
            assertEquals(unit("junk.service"), seconds(1, RATE + 1));
        }

        @Test
        void findsTheUserIfNoUnitAloneMakesTooMany() {
            Optional<FloodSource> found = Optional.empty();
            for (int i = 0; i < 11; i++) {
                ofOneUser();
                found = finder.endSecond(RATE);
            }
            assertEquals(Optional.of(new FloodSource(FloodSource.Kind.USER, 1000L, null)), found);
        }

        @Test
        void findsFlowsOfAnUnknownUnitBeforeThoseOfAllToAnAddress() {
            Optional<FloodSource> found = Optional.empty();
            AttributedFlow known = bed.outbound("web.service", "192.0.2.2", 80);
            AttributedFlow unknown =
                    new AttributedFlow(known.event(), known.direction(), Owner.unknown(Unattributed.LATE), null);
            for (int i = 0; i < 11; i++) {
                add(RATE + 1, i < 10 ? bed.outbound("unit" + i + ".service", "192.0.2.2", 80) : unknown);
                found = finder.endSecond(RATE);
            }
            FloodSource source = found.orElseThrow();
            assertEquals("unknown unit to remote address 192.0.2.2", source.toString());
            assertTrue(source.covers(unknown));
            assertFalse(source.covers(known));
        }

        @Test
        void leavesOutAUnitThatMadeTooManyForASecond() {
            for (int i = 0; i < 10; i++) {
                ofOneUser();
                assertEquals(Optional.empty(), finder.endSecond(RATE));
            }
            ofOneUser();
            add(RATE + 1, bed.outbound("busy.service", "192.0.2.3", 80));
            assertEquals(
                    FloodSource.Kind.USER, finder.endSecond(RATE).orElseThrow().kind());
        }

        /** Adds flows of units of one user, none of which makes too many. */
        private void ofOneUser() {
            for (int unit = 0; unit < 4; unit++) {
                add(RATE / 2, bed.outbound("unit" + unit + ".service", "192.0.2." + unit, 80));
            }
        }

        @Test
        void makesTheSenderResponsibleBeforeTheUnitThatReceives() {
            Optional<FloodSource> found = Optional.empty();
            for (int i = 0; i < 11; i++) {
                add(RATE + 1, bed.inbound("198.51.100.7", 443));
                found = finder.endSecond(RATE);
            }
            assertEquals("remote address 198.51.100.7", found.orElseThrow().toString());
        }

        @Test
        void countsTheEndOfAFlowOnce() {
            for (int i = 0; i < 30; i++) {
                for (int j = 0; j < RATE; j++) {
                    AttributedFlow flow = bed.outbound("busy.service", "192.0.2.2", 80);
                    finder.add(flow, /* asEnd= */ false);
                    finder.add(SummaryBed.end(flow), /* asEnd= */ true);
                }
                assertEquals(Optional.empty(), finder.endSecond(RATE));
            }
        }
    }

    @Nested
    class ByTheQueue {
        @Test
        void findsWhoFilledMostOfItSinceItWasHalfFull() {
            add(1000, bed.outbound("early.service", "192.0.2.2", 80));
            assertEquals(Optional.empty(), finder.checkBacklog(/* much= */ true, /* tooMuch= */ false));
            add(30, bed.outbound("junk.service", "192.0.2.2", 80));
            add(20, bed.outbound("other.service", "192.0.2.3", 80));
            assertEquals(unit("junk.service"), finder.checkBacklog(true, true));
        }

        @Test
        void countsAnewOnceTheQueueIsLessThanHalfFull() {
            finder.checkBacklog(true, false);
            add(30, bed.outbound("early.service", "192.0.2.2", 80));
            finder.checkBacklog(false, false);
            finder.checkBacklog(true, false);
            add(1, bed.outbound("junk.service", "192.0.2.3", 80));
            assertEquals(unit("junk.service"), finder.checkBacklog(true, true));
        }
    }

    @Nested
    class AmongInventedSources {
        @Test
        void countsTheFrequentOneToA256thOfAll() {
            SourceCounts counts = new SourceCounts();
            FloodSource frequent = new FloodSource(FloodSource.Kind.UNIT, "junk.service", null);
            for (int i = 0; i < 20_000; i++) {
                counts.add(frequent);
                for (int j = 0; j < 4; j++) {
                    counts.add(new FloodSource(FloodSource.Kind.UNIT, "invented" + i + j, null));
                }
            }
            assertEquals(List.of(frequent), counts.above(20_000 - 100_000 / 256));
            assertEquals(List.of(), counts.above(20_000), "never too many");
        }
    }
}
