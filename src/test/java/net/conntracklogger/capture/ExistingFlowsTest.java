// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.netfilter.ScriptedTable.event;
import static net.conntracklogger.netfilter.ScriptedTable.flow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import net.conntracklogger.netfilter.ScriptedTable;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** On scripted tables. Flows are told by their id. */
class ExistingFlowsTest {
    private static final long SECOND = TimeUnit.SECONDS.toMicros(1);
    private static final int PARTS_A_TURN = 16;
    /** More events than the first pass remembers. */
    private static final int TOO_MANY = (1 << 18) + 1;

    private final FakeNetlink kernel = FakeNetlink.answering();
    private final LossLedger losses = new LossLedger();
    private final Failures failures = new Failures();
    private final long created = EpochMicros.now();
    private ExistingFlows flows = timed(true);
    private int passes;

    @AfterEach
    void close() {
        flows.close();
    }

    private ExistingFlows timed(boolean timed) {
        return new ExistingFlows(
                Optional.of(wanted -> ScriptedTable.of(kernel, wanted)),
                timed,
                losses,
                ExistingFlows.Former.NOTHING,
                () -> {});
    }

    private void began(int id, long time) {
        assertNull(flows.onEvent(event(FlowEvent.Kind.NEW, id, time)));
    }

    private void table(FakeMessage... messages) {
        kernel.answer(datagram(messages), datagram(done()));
    }

    /** A table of which one turn reads the first flow, and the next turn the second. */
    private void longTable(FakeMessage first, FakeMessage second) {
        List<FakeNetlink.Step> parts = new ArrayList<>();
        for (int i = 0; i < PARTS_A_TURN; i++) {
            parts.add(datagram(first));
        }
        parts.add(datagram(second));
        parts.add(datagram(done()));
        kernel.answer(parts.toArray(FakeNetlink.Step[]::new));
    }

    /** Reads the table while events of this time may still come. */
    private void readOn() {
        flows.readOn(failures);
        assertEquals(List.of(), flows.take(System.nanoTime()));
    }

    /** Takes flows when all events are read. */
    private List<FlowEvent> take() {
        return flows.take(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
    }

    /** Reads until the next pass is done, when all events are read, and returns the ids of the flows. */
    private List<Long> read() throws Exception {
        passes++;
        List<Long> ids = new ArrayList<>();
        Wait.until("pass " + passes + " is done", () -> {
            flows.readOn(failures);
            for (FlowEvent flow : take()) {
                assertEquals(FlowEvent.Kind.EXISTING, flow.kind());
                ids.add(flow.id());
            }
            return kernel.requests().size() == passes && flows.isDone();
        });
        return ids;
    }

    @Nested
    class AtStart {
        @Test
        void takesFlowsThatBeganBefore() throws Exception {
            table(flow(1), flow(2, created - SECOND));
            assertEquals(List.of(1L, 2L), read());
            assertEquals(0, losses.total());
        }

        @Test
        void leavesFlowsToTheirEvent() throws Exception {
            table(flow(1), flow(2, created + SECOND), flow(3));
            began(1, created);
            readOn();
            began(3, created);
            assertEquals(List.of(), read());
        }

        @Test
        void remembersEventsAfterTheClockWasSetBack() throws Exception {
            longTable(flow(2), flow(1, created - SECOND));
            flows.readOn(failures);
            assertEquals(1, take().size());
            began(1, created - SECOND);
            assertEquals(List.of(), read());
        }

        @Test
        void takesAFlowBeforeItsEnd() throws Exception {
            table(flow(1), flow(2));
            readOn();
            assertNotNull(flows.onEvent(event(FlowEvent.Kind.END, 1, 0)));
            assertEquals(List.of(2L), read());
        }

        /** The kernel sends the event of the end before it removes the flow. */
        @Test
        void takesNoFlowAfterItsEnd() throws Exception {
            longTable(flow(2), flow(1));
            readOn();
            assertNull(flows.onEvent(event(FlowEvent.Kind.END, 1, 0)));
            assertEquals(List.of(2L), read());
        }

        @Test
        void takesAFlowThatTheKernelRepeatsOnce() throws Exception {
            longTable(flow(1), flow(1));
            flows.readOn(failures);
            assertEquals(1, take().size());
            assertEquals(List.of(), read());
        }

        @Test
        void takesAFlowWhoseEventIsLostMeanwhile() throws Exception {
            longTable(flow(1), flow(2, created + SECOND));
            flows.readOn(failures);
            assertEquals(1, take().size());
            flows.onLosses(1);
            assertEquals(List.of(2L), read());
            table(flow(2, created + SECOND), flow(3, created + SECOND));
            assertEquals(List.of(3L), read());
        }

        @Test
        void keepsWhatItHasReadIfTheKernelFails() throws Exception {
            kernel.answer(datagram(flow(1)), failure(Errno.ENOMEM));
            assertEquals(List.of(1L), read());
            assertEquals(1, failures.counts().size());
        }

        @Test
        void countsWhatItCannotKnowIfTheKernelRecordsNoTimes() throws Exception {
            flows = timed(false);
            for (int i = 0; i < TOO_MANY; i++) {
                began(1000 + i, created + i);
            }
            table(flow(1), flow(1000 + TOO_MANY - 1), flow(1000));
            assertEquals(List.of(), read());
            assertEquals(2, losses.total(), "one flow is known to be logged");
        }
    }

    @Nested
    class AfterALoss {
        private void start() throws Exception {
            table(flow(1));
            assertEquals(List.of(1L), read());
        }

        @Test
        void takesFlowsThatBeganSinceAndHaveNoEvent() throws Exception {
            start();
            began(2, created + 3 * SECOND);
            flows.onLosses(1);
            table(flow(1), flow(2, created + 2 * SECOND), flow(3, created + 2 * SECOND), flow(4, created - SECOND));
            assertEquals(List.of(3L), read());
        }

        @Test
        void takesEachOnce() throws Exception {
            start();
            flows.onLosses(1);
            table(flow(3, created + 2 * SECOND));
            assertEquals(List.of(3L), read());
            flows.onLosses(1);
            table(flow(3, created + 2 * SECOND), flow(4, created + 3 * SECOND));
            assertEquals(List.of(4L), read());
        }

        /** A flow with the tuple of an earlier one can take its place in the kernel's memory, and then has its id. */
        @Test
        void takesAFlowWithTheIdOfAnEarlierOne() throws Exception {
            start();
            began(2, created + SECOND);
            flows.onLosses(1);
            table(flow(2, created + 4 * SECOND));
            assertEquals(List.of(2L), read());
        }

        @Test
        void searchesAgainAfterTheNextLossIfTheKernelFails() throws Exception {
            start();
            flows.onLosses(1);
            kernel.answer(failure(Errno.ENOMEM));
            assertEquals(List.of(), read());
            flows.onLosses(1);
            table(flow(3, created + 2 * SECOND));
            assertEquals(List.of(3L), read());
        }

        @Test
        void takesNothingIfTheKernelRecordsNoTimes() throws Exception {
            flows = timed(false);
            start();
            flows.onLosses(1);
            readOn();
            assertTrue(flows.isDone());
        }
    }
}
