// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.capture.SampleFlows.begun;
import static net.conntracklogger.capture.SampleFlows.end;
import static net.conntracklogger.capture.SampleFlows.endOf;
import static net.conntracklogger.capture.SampleFlows.existing;
import static net.conntracklogger.capture.SampleFlows.progressOf;
import static net.conntracklogger.delivery.QueueContents.drain;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowEvent.Kind;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.summary.Summaries;
import net.conntracklogger.watch.FlowPolicy;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LoggedFlowsTest {
    private static final long SECOND = 1_000_000_000;

    private final LossLedger losses = new LossLedger();
    private long clock;
    private ObservationQueue queue = new ObservationQueue(1000, 1 << 20, losses, () -> clock, EntryNumbers.NONE);
    private LoggedFlows logged;

    private final FlowCounts counts = new FlowCounts();
    private FlowPolicy policy = FlowPolicy.ALL;

    private void log(Kind first, Kind... others) {
        log(EnumSet.of(first, others), /* remembers= */ first == Kind.END || others.length > 0);
    }

    private void log(Set<Kind> events, boolean remembers) {
        logged = new LoggedFlows(
                events,
                remembers,
                new OpenFlows(/* most= */ 2, 1 << 20),
                queue,
                EntryNumbers.NONE,
                Long.MIN_VALUE,
                counts,
                new Summaries(
                        Configuration.DEFAULT,
                        queue,
                        EntryNumbers.NONE,
                        /* before= */ null,
                        flow -> false,
                        () -> clock,
                        new Random()),
                policy,
                UnaryOperator.identity());
    }

    private void exclude(String rule) throws RuleException {
        FlowFilter filter = new FlowFilter(List.of(), List.of(FlowRule.parse(rule)), Map.of());
        policy = new FlowPolicy(filter, policy.lists(), policy.expectations());
    }

    private void add(AttributedFlow... flows) {
        for (AttributedFlow flow : flows) {
            logged.add(flow);
        }
    }

    private void assertQueued(AttributedFlow... flows) throws InterruptedException {
        assertEquals(List.of(flows), drain(queue));
    }

    @Nested
    class IfOnlyBeginningsAreLogged {
        @Test
        void queuesNewAndExistingFlows() throws InterruptedException {
            log(Kind.NEW);
            add(existing(1), begun(2), begun(3));
            assertQueued(existing(1), begun(2), begun(3));
        }

        @Test
        void queuesNothingWhenTheServiceStops() throws InterruptedException {
            log(Kind.NEW);
            add(begun(1));
            drain(queue);
            logged.finish();
            assertQueued();
        }
    }

    @Nested
    class ARefusedFlow {
        private final AttributedFlow refused = new AttributedFlow(
                FlowEvent.refused(begun(1).event().original(), /* time= */ 1),
                Direction.OUTBOUND,
                begun(1).owner(),
                null);

        @ParameterizedTest
        @EnumSource(names = {"NEW", "END"})
        void isQueuedOnceWhateverIsLogged(Kind kind) throws InterruptedException {
            log(kind);
            add(refused);
            assertQueued(refused);
            logged.finish();
            assertQueued();
        }

        @Test
        void isExcludedByARule() throws InterruptedException, RuleException {
            exclude("direction=outbound");
            log(Kind.NEW);
            add(refused);
            assertQueued();
            assertEquals(1, counts.excluded());
        }
    }

    @Nested
    class Progress {
        private final AttributedFlow progress = progressOf(begun(1));

        @ParameterizedTest
        @EnumSource(names = {"NEW", "END"})
        void isQueuedWhateverIsLogged(Kind kind) throws InterruptedException {
            log(Set.of(kind), /* remembers= */ true);
            add(progress);
            assertQueued(progress);
        }

        /** The ends are received to know which flows last. */
        @Test
        void doesNotMakeEndsLogged() throws InterruptedException {
            log(Set.of(Kind.NEW), /* remembers= */ true);
            add(begun(1), end(1));
            assertQueued(begun(1));
            assertEquals(1, counts.excluded());
        }

        @Test
        void isExcludedByARule() throws InterruptedException, RuleException {
            exclude("direction=outbound");
            log(Kind.NEW);
            add(progress);
            assertQueued();
            assertEquals(1, counts.excluded());
        }
    }

    @Nested
    class IfBeginningsAndEndsAreLogged {
        @Test
        void queuesBothWithTheSameOwner() throws InterruptedException {
            log(Kind.NEW, Kind.END);
            add(begun(1), end(1));
            assertQueued(begun(1), endOf(begun(1)));
        }

        @Test
        void queuesAnEndWithoutAnOwnerIfItsFlowWasEvicted() throws InterruptedException {
            log(Kind.NEW, Kind.END);
            add(begun(1), begun(2), begun(3), end(1));
            assertQueued(begun(1), begun(2), begun(3), end(1));
        }

        @Test
        void queuesNothingWhenTheServiceStops() throws InterruptedException {
            log(Kind.NEW, Kind.END);
            add(begun(1));
            drain(queue);
            logged.finish();
            assertQueued();
        }
    }

    @Nested
    class IfOnlyEndsAreLogged {
        @Test
        void queuesAFlowWhenItEnds() throws InterruptedException {
            log(Kind.END);
            add(existing(1), begun(2));
            assertQueued();
            add(end(2), end(1));
            assertQueued(endOf(begun(2)), endOf(existing(1)));
        }

        @Test
        void queuesTheBeginningOfAnEvictedFlow() throws InterruptedException {
            log(Kind.END);
            add(begun(1), begun(2), begun(3));
            assertQueued(begun(1));
        }

        @Test
        void queuesTheBeginningsOfOpenFlowsWhenTheServiceStops() throws InterruptedException {
            log(Kind.END);
            add(begun(1), begun(2), end(1));
            drain(queue);
            logged.finish();
            assertQueued(begun(2));
        }

        @Test
        void waitsTwentySecondsForRoomWhenTheServiceStops() throws InterruptedException {
            queue = new ObservationQueue(1, 1 << 20, losses, () -> clock += 6 * SECOND, EntryNumbers.NONE);
            log(Kind.END);
            add(begun(1), begun(2));
            logged.finish();
            assertEquals(1, losses.total());
            assertEquals(5 * 6 * SECOND, clock, "the first query after 20 s is the last");
            assertQueued(begun(1));
        }
    }

    @Nested
    class IfARuleExcludesFlows {
        @Test
        void queuesNeitherBeginningNorEnd() throws InterruptedException, RuleException {
            exclude("user=1000");
            log(Kind.NEW, Kind.END);
            add(begun(1), end(1));
            assertQueued();
            assertEquals(2, counts.excluded());
        }

        @Test
        void queuesTheEndWithoutAnOwnerIfTheBeginningWasEvicted() throws InterruptedException, RuleException {
            exclude("user=1000");
            log(Kind.NEW, Kind.END);
            add(begun(1), begun(2), begun(3), end(1));
            assertQueued(end(1));
        }

        @Test
        void queuesNoOpenFlowWhenTheServiceStops() throws InterruptedException, RuleException {
            exclude("user=1000");
            log(Kind.END);
            add(begun(1));
            logged.finish();
            assertQueued();
        }

        @Test
        void appliesTheRuleOfAReload() throws InterruptedException, RuleException {
            log(Kind.NEW);
            add(begun(1));
            exclude("user=1000");
            logged.reconfigure(policy);
            add(begun(2));
            assertQueued(begun(1));
        }
    }

    @Test
    void countsFlowsThatDoNotFitTheQueue() throws InterruptedException {
        queue = new ObservationQueue(2, 1 << 20, losses, () -> clock, EntryNumbers.NONE);
        log(Kind.NEW, Kind.END);
        add(begun(1), end(1), begun(2), end(2));
        assertQueued(begun(1), endOf(begun(1)));
        assertEquals(2, losses.total());
    }
}
