// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Statistics;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.handover.EntryNumbers;
import org.junit.jupiter.api.Test;

class FlowWriterTest {
    private static final FlowEvent EVENT = new FlowEvent(
            FlowEvent.Kind.NEW, 1, Flows.HTTP, Flows.HTTP.reversed(), 0, 0, false, Flows.BEGAN, null, null);

    private final LossLedger losses = new LossLedger();
    private final Failures failures = new Failures();
    private final ObservationQueue queue =
            new ObservationQueue(100, 1 << 20, losses, System::nanoTime, EntryNumbers.NONE);
    private final RecordedEntries output = new RecordedEntries();
    private final AtomicLong time = new AtomicLong();
    private static final Statistics STATISTICS = new Statistics(1, 2, 0, 0, 0, 0, Map.of(), 0, Map.of(), 0);

    private Optional<Observation> last = Optional.empty();
    private final FlowWriter writer = new FlowWriter(queue, losses, failures, output, time::get, 7, () -> last);

    private void add(String... texts) {
        for (String text : texts) {
            queue.add(new Notice(Notice.Kind.TRACKING_ACTIVE, text));
        }
    }

    @Test
    void writesTheQueueInOrder() throws Exception {
        add("a", "b", "c");
        writer.work();
        assertEquals(List.of("a", "b", "c"), output.messages());
        assertEquals(3, writer.written());
    }

    @Test
    void writesWhatIsLeftWhenItFinishes() throws Exception {
        add("a", "b");
        writer.finish();
        assertEquals(List.of("a", "b"), output.messages());
    }

    @Test
    void writesTheLastEntryBehindTheLosses() throws Exception {
        losses.add(Loss.Place.KERNEL, 7);
        last = Optional.of(new Notice(Notice.Kind.TRACKING_ACTIVE, "last"));
        add("a");
        writer.finish();
        assertEquals(3, output.all().size());
        assertEquals("last", output.messages().get(2));
    }

    @Test
    void countsTheFlowsBeforeAnEntryOfStatistics() throws Exception {
        queue.add(Flows.outbound());
        add("a");
        queue.add(STATISTICS);
        queue.add(Flows.outbound());
        last = Optional.of(STATISTICS);
        writer.finish();
        assertEquals("1", output.all().get(2).get(JournalField.STAT_FLOWS));
        assertEquals("2", output.all().get(4).get(JournalField.STAT_FLOWS));
    }

    @Test
    void keepsTheCountAtATimeWhenAllIsTaken() throws Exception {
        assertEquals(Optional.empty(), writer.settled());
        time.set(5_000);
        queue.add(Flows.outbound());
        add("a");
        output.setTaken(false);
        writer.work();
        assertEquals(Optional.empty(), writer.settled(), "it may not be stored yet");
        output.setTaken(true);
        long before = EpochMicros.now();
        writer.work();
        WrittenFlows count = writer.settled().orElseThrow();
        assertEquals(new WrittenFlows(7, count.time(), 5, 1), count);
        assertTrue(before <= count.time() && count.time() <= EpochMicros.now());
    }

    @Test
    void reportsLossesWhenItFinishes() throws Exception {
        losses.add(Loss.Place.KERNEL, 7);
        add("a");
        writer.finish();
        assertEquals(2, output.all().size());
        assertEquals("a", output.messages().get(0));
        Map<JournalField, String> loss = output.all().get(1);
        assertEquals("7", loss.get(JournalField.LOST_COUNT));
        assertEquals("kernel", loss.get(JournalField.LOST_WHERE));
        assertEquals(1, writer.written(), "without the loss entry");
    }

    @Test
    void countsAnEntryThatTheJournalDoesNotTake() throws Exception {
        output.failWith(new IOException());
        add("a", "b");
        writer.work();
        output.failWith(null);
        add("c");
        writer.work();
        assertEquals(List.of("c"), output.messages());
        assertEquals(1, writer.written());
        List<Loss> counted = losses.take();
        assertEquals(1, counted.size());
        assertEquals(Loss.Place.JOURNAL, counted.get(0).place());
        assertEquals(2, counted.get(0).count());
    }

    @Test
    void countsTheFlowsAndEndsOfASummaryThatTheJournalDoesNotTake() throws Exception {
        output.failWith(new IOException());
        queue.add(new FlowSummary(
                CommonValues.NONE,
                /* count= */ 12,
                /* ends= */ 3,
                /* first= */ 0,
                /* last= */ 0,
                FlowEnd.NONE,
                FlowSummary.UNCOUNTED,
                FlowSummary.UNCOUNTED));
        writer.work();
        assertEquals(15, losses.take().get(0).count());
    }

    @Test
    void reportsALossAgainIfItsEntryIsNotTaken() throws Exception {
        losses.add(Loss.Place.KERNEL, 7);
        output.failWith(new IOException());
        writer.finish();
        assertEquals(7, losses.take().get(0).count());
    }

    @Test
    void leavesObservationsInTheQueueWhileTheOutputTakesNone() throws Exception {
        output.setBusy(true);
        add("a", "b", "c", "d", "e", "f");
        writer.work();
        writer.work();
        assertEquals(List.of(), output.messages());
        assertEquals(0, writer.written());
        assertEquals(2, queue.size());
        output.setBusy(false);
        writer.work();
        assertEquals(List.of("a", "b", "c", "d", "e", "f"), output.messages());
        assertEquals(6, writer.written());
        assertEquals(0, losses.total());
    }

    /** What the reader has not read may be dropped by the kernel; what is queued is safe. */
    @Test
    void leavesTheCpuToAReaderThatIsLate() throws Exception {
        ObservationQueue hurried = new ObservationQueue(4, 1 << 20, losses, time::get, EntryNumbers.NONE);
        FlowWriter waiting = new FlowWriter(hurried, losses, failures, output, time::get, 7, () -> last);
        hurried.add(new Notice(Notice.Kind.TRACKING_ACTIVE, "a"));
        hurried.reserveCpu();
        waiting.work();
        assertEquals(List.of(), output.messages());
        time.addAndGet(TimeUnit.SECONDS.toNanos(1));
        waiting.work();
        assertEquals(List.of("a"), output.messages());
        for (String text : List.of("b", "c", "d")) {
            hurried.add(new Notice(Notice.Kind.TRACKING_ACTIVE, text));
        }
        hurried.reserveCpu();
        waiting.work();
        assertEquals(List.of("a", "b"), output.messages(), "as far as the queue is more than half full");
    }

    @Test
    void knowsUntilWhenAllIsWrittenOnlyOnceTheOutputTookIt() throws Exception {
        output.setBusy(true);
        add("a");
        queue.mark(42);
        writer.work();
        writer.work();
        assertEquals(OptionalLong.empty(), queue.writtenUntil());
        output.setBusy(false);
        writer.finish();
        assertEquals(List.of("a"), output.messages());
        assertEquals(OptionalLong.of(42), queue.writtenUntil());
    }

    @Test
    void countsEntriesThatTheOutputLosesLater() throws Exception {
        output.setBusy(true);
        add("a", "b");
        writer.work();
        output.loseHeld();
        output.setBusy(false);
        add("c");
        writer.work();
        assertEquals(List.of("c"), output.messages());
        assertEquals(1, writer.written());
        Loss counted = losses.take().get(0);
        assertEquals(Loss.Place.JOURNAL, counted.place());
        assertEquals(2, counted.count());
    }

    @Test
    void reportsALossAgainIfItsEntryIsLostLater() throws Exception {
        losses.add(Loss.Place.KERNEL, 7);
        losses.add(Loss.Place.QUEUE, 3);
        output.setBusy(true);
        time.addAndGet(TimeUnit.SECONDS.toNanos(2));
        writer.work();
        output.loseHeld();
        output.setBusy(false);
        writer.finish();
        List<String> reported = output.all().stream()
                .map(entry -> entry.get(JournalField.LOST_WHERE) + " " + entry.get(JournalField.LOST_COUNT))
                .toList();
        assertEquals(List.of("kernel 7", "queue 3"), reported);
    }

    @Test
    void failsIfTheOutputTakesNothingAtTheEnd() {
        output.setBusy(true);
        add("a", "b", "c", "d", "e", "f");
        AtomicLong now = new AtomicLong();
        FlowWriter impatient = new FlowWriter(
                queue, losses, failures, output, () -> now.addAndGet(TimeUnit.SECONDS.toNanos(4)), 7, Optional::empty);
        OutputEndedException failure = assertThrows(OutputEndedException.class, impatient::finish);
        assertEquals("6 records lost: nobody reads", failure.getMessage());
        assertFalse(failure.isUnread());
    }

    @Test
    void writesAFlowWithoutWhatCannotBeFormatted() throws Exception {
        queue.add(new AttributedFlow(EVENT, Direction.OUTBOUND, unspeakable(), null));
        add("a");
        writer.work();
        Map<JournalField, String> flow = output.all().get(0);
        assertEquals("195.24.232.208", flow.get(JournalField.FLOW_DST));
        assertEquals("lookup-failed", flow.get(JournalField.PID_REASON));
        assertEquals("a", output.messages().get(1));
        assertEquals(2, writer.written());
        assertEquals(1, failures.counts().get("entries").number());
        assertEquals(0, losses.total());
    }

    /** An owner whose user name throws when it is taken. */
    private static Owner unspeakable() {
        Identity identity = new Identity(
                null,
                () -> {
                    throw new IllegalStateException("a bug");
                },
                () -> null);
        return Owner.of(OwnerSource.BPF, Flows.process("curl", "curl"), null, identity);
    }

    @Test
    void countsAnEntryThatCannotBeFormatted() throws Exception {
        FlowEvent tupleless = new FlowEvent(FlowEvent.Kind.END, 1, null, null, 0, 0, false, 0, null, null);
        queue.add(new AttributedFlow(tupleless, Direction.OUTBOUND, Owner.unknown(Unattributed.KERNEL), null));
        queue.add(new Notice(null, "b"));
        add("a");
        writer.work();
        assertEquals(List.of("a"), output.messages());
        assertEquals(1, writer.written());
        assertEquals(2, losses.total());
        assertEquals(3, failures.counts().get("entries").number());
    }

    @Test
    void leavesTheOutputOpen() throws Exception {
        writer.finish();
        assertFalse(output.isClosed());
    }

    @Test
    void failsIfNothingCanBeWrittenAnyMore() {
        OutputEndedException ended = new OutputEndedException(new IOException("disk full"), /* unread= */ false);
        output.failWith(ended);
        add("a");
        assertSame(ended, assertThrows(OutputEndedException.class, writer::work));
        assertEquals(0, losses.total());
    }
}
