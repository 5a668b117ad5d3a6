// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.conntracklogger.attribution.Attributor;
import net.conntracklogger.attribution.PendingFlow;
import net.conntracklogger.attribution.PendingFlows;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Flows whose attribution or naming fails in every way between two flows that are in order. */
class FlowAttributionTest {
    private static final int ENOBUFS = 105;
    private static final int FAILING = 2;

    private final Failures failures = new Failures();
    private Throwable inUpdate;
    private Throwable inBegin;
    private Throwable inAttribute;
    private RuntimeException inLookUp;
    private RuntimeException inNaming;
    private final Map<PendingFlow, FlowEvent> begun = new HashMap<>();
    /** Ids of flows whose records come later. */
    private final Set<Long> unrecorded = new HashSet<>();
    /** Ids of flows that were looked up before their turn. */
    private final List<Long> ahead = new ArrayList<>();

    private final FlowAttribution attribution =
            new FlowAttribution(new Fake(), new FlowNaming((address, time) -> names()), failures);

    static List<Throwable> failures() {
        return List.of(
                new LinuxException("look up with sock_diag", "the socket", ENOBUFS, ""),
                new IllegalStateException("a bug"),
                new StackOverflowError());
    }

    /** Attributes each flow to the owner of {@link SampleFlows}, but the second one fails. */
    private final class Fake implements Attributor {
        @Override
        public void update() throws LinuxException {
            raise(inUpdate);
        }

        @Override
        public void lookUpRecords() {
            if (inLookUp != null) {
                throw inLookUp;
            }
        }

        @Override
        public boolean lookUp(PendingFlow flow) throws LinuxException {
            long id = begun.get(flow).id();
            ahead.add(id);
            raise(inAttribute);
            return !unrecorded.contains(id);
        }

        @Override
        public boolean isComplete() {
            return true;
        }

        @Override
        public PendingFlow begin(FlowEvent event, long notBefore, long around) throws LinuxException {
            fail(event, inBegin);
            PendingFlow pending = PendingFlows.of(event);
            begun.put(pending, event);
            return pending;
        }

        @Override
        public Optional<AttributedFlow> attribute(PendingFlow flow) throws LinuxException {
            FlowEvent event = begun.get(flow);
            fail(event, inAttribute);
            return unrecorded.contains(event.id()) ? Optional.empty() : Optional.of(SampleFlows.begun(event.id()));
        }

        private void fail(FlowEvent event, Throwable failure) throws LinuxException {
            if (event.id() == FAILING) {
                raise(failure);
            }
        }

        @Override
        public void survey() throws LinuxException {
            raise(inBegin);
        }

        @Override
        public List<PacketSocket> packetSockets() throws LinuxException {
            raise(inBegin);
            return List.of();
        }

        @Override
        public List<AttributedFlow> refused() throws LinuxException {
            raise(inBegin);
            return List.of();
        }

        @Override
        public long refusedLost() throws LinuxException {
            raise(inBegin);
            return 0;
        }

        @Override
        public void endExisting() {}
    }

    private static void raise(Throwable failure) throws LinuxException {
        if (failure instanceof LinuxException e) {
            throw e;
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    private List<DestinationName> names() {
        if (inNaming != null) {
            throw inNaming;
        }
        return List.of();
    }

    private List<AttributedFlow> pass() {
        for (long id = 1; id <= 3; id++) {
            attribution.begin(SampleFlows.begun(id).event(), 0, 0, UnwrittenEvents.NONE);
        }
        List<AttributedFlow> passed = new ArrayList<>();
        for (AttributedFlow flow = attribution.next(); flow != null; flow = attribution.next()) {
            passed.add(flow);
        }
        return passed;
    }

    private void assertOnlyTheSecondIsWithoutOwner(Unattributed reason) {
        List<AttributedFlow> passed = pass();
        assertEquals(
                List.of(1L, 2L, 3L), passed.stream().map(it -> it.event().id()).toList());
        assertSame(SampleFlows.OWNER, passed.get(0).owner());
        assertSame(SampleFlows.OWNER, passed.get(2).owner());
        assertEquals(reason, passed.get(1).owner().reason());
        assertNull(passed.get(1).direction());
        assertEquals(1, failures.counts().get("attribution").number());
        assertEquals(0, attribution.size());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void goesOnIfTheAttributionOfOneFlowDoesNotBegin(Throwable failure) {
        inBegin = failure;
        assertOnlyTheSecondIsWithoutOwner(Unattributed.LOOKUP_FAILED);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void goesOnIfTheAttributionOfOneFlowFails(Throwable failure) {
        inAttribute = failure;
        assertOnlyTheSecondIsWithoutOwner(Unattributed.LOOKUP_FAILED);
    }

    @Test
    void keepsTheOwnersIfNamingFails() {
        inNaming = new IllegalArgumentException();
        assertEquals(
                List.of(SampleFlows.OWNER, SampleFlows.OWNER, SampleFlows.OWNER),
                pass().stream().map(AttributedFlow::owner).toList());
        assertEquals(3, failures.counts().get("destination names").number());
    }

    @ParameterizedTest
    @MethodSource("failures")
    void goesOnIfASurveyFails(Throwable failure) {
        inBegin = failure;
        attribution.survey();
        assertEquals(1, failures.counts().get("socket survey").number());
    }

    /** An address that is missing would make another direction of the flow. */
    @ParameterizedTest
    @MethodSource("failures")
    void attributesNoFlowWhileTheAddressesOfTheHostAreUnknown(Throwable failure) {
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        inUpdate = failure;
        attribution.update();
        assertEquals(Unattributed.LOOKUP_FAILED, attribution.next().owner().reason());
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        inUpdate = null;
        attribution.update();
        assertEquals(Unattributed.LOOKUP_FAILED, attribution.next().owner().reason(), "it began with wrong addresses");
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        assertSame(SampleFlows.OWNER, attribution.next().owner());
        assertEquals(1, failures.counts().get("local addresses").number());
    }

    @Test
    void attributesNoFlowOfABatchWhoseLookupFails() {
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        inLookUp = new IllegalStateException("a bug");
        attribution.lookUpRecords();
        assertEquals(Unattributed.LOOKUP_FAILED, attribution.next().owner().reason());
        attribution.update();
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        assertSame(SampleFlows.OWNER, attribution.next().owner());
    }

    /** With many flows behind it, the record of a flow may be evicted before its turn. */
    @Test
    void looksUpFlowsBehindOneWithoutRecord() {
        unrecorded.addAll(List.of(1L, 3L));
        attribution.begin(SampleFlows.begun(1).event(), 0, 0, UnwrittenEvents.NONE);
        assertNull(attribution.next());
        attribution.lookAhead();
        assertEquals(List.of(), ahead, "the first has its turn all the time");
        attribution.update();
        begin(other(2));
        begin(other(3));
        begin(other(4));
        assertNull(attribution.next());
        attribution.lookAhead();
        attribution.update();
        begin(other(5));
        attribution.lookAhead();
        assertEquals(List.of(2L, 3L, 4L, 5L), ahead, "each once");
    }

    /** The record of its tuple may be of the earlier flow. */
    @Test
    void doesNotLookUpAFlowBehindOneOfItsTupleWithoutRecord() {
        unrecorded.add(1L);
        begin(SampleFlows.begun(1).event());
        begin(SampleFlows.begun(2).event());
        begin(other(3));
        assertNull(attribution.next());
        attribution.lookAhead();
        assertEquals(List.of(3L), ahead);
        unrecorded.clear();
        assertEquals(1, attribution.next().event().id());
        assertEquals(2, attribution.next().event().id());
        assertEquals(3, attribution.next().event().id());
        attribution.update();
        unrecorded.add(4L);
        begin(other(4));
        begin(SampleFlows.begun(5).event());
        assertNull(attribution.next());
        attribution.lookAhead();
        assertEquals(List.of(3L, 5L), ahead, "no flow of the tuple waits any more");
    }

    @ParameterizedTest
    @MethodSource("failures")
    void goesOnIfALookupAheadFails(Throwable failure) {
        unrecorded.add(1L);
        begin(SampleFlows.begun(1).event());
        begin(other(3));
        assertNull(attribution.next());
        inAttribute = failure;
        attribution.lookAhead();
        unrecorded.clear();
        assertSame(SampleFlows.OWNER, attribution.next().owner());
        assertSame(SampleFlows.OWNER, attribution.next().owner());
    }

    private void begin(FlowEvent event) {
        attribution.begin(event, 0, 0, UnwrittenEvents.NONE);
    }

    private static FlowEvent other(long id) {
        return SampleFlows.to("198.51.100." + id, id).event();
    }

    @Test
    void failsIfMemoryIsShort() {
        inAttribute = new OutOfMemoryError();
        assertThrows(OutOfMemoryError.class, this::pass);
    }
}
