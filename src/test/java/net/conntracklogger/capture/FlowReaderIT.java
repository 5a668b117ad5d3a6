// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import net.conntracklogger.attribution.AttributionBed;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.handover.DropCount;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.ConntrackTable;
import net.conntracklogger.summary.Summaries;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.watch.FlowPolicy;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loop, with events that the kernel has queued before the loop begins. */
@KernelTest
@SuppressWarnings("try") // A block holds a socket open without using it.
class FlowReaderIT {
    private static final long PATIENCE_NANOS = 30_000_000_000L;
    /** The loop begins longer after the socket was opened than a port alone identifies a socket. */
    private static final long PORT_ALONE_NANOS = 5_000_000;

    private static final int HEAP = 1 << 20;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    private final OpenFlows open = new OpenFlows(/* most= */ 10, HEAP);

    /** The first port is one that only a process chooses, the second one that the kernel chooses too. */
    @ParameterizedTest
    @ValueSource(ints = {999, 40_000})
    void namesNoSocketThatFollowsOnThePortBeforeTheLoopBegins(int port) throws IOException {
        long opened = System.nanoTime() - PORT_ALONE_NANOS;
        try (ConntrackSocket events = ConntrackSocket.open(HEAP)) {
            try (DatagramChannel sender = DatagramChannel.open().bind(at("127.0.0.1", port))) {
                send(sender, at("127.0.0.1", 9));
            }
            try (DatagramChannel other = DatagramChannel.open().bind(at("127.0.0.1", port))) {
                bed.attributor().survey(); // The survey knows the socket before the loop begins.
                Owner owner = ownerOfFirst(events, opened);
                assertEquals(Unattributed.LATE, owner.reason(), owner.toString());
            }
        }
    }

    private Owner ownerOfFirst(ConntrackSocket events, long opened) throws IOException {
        FlowReader reader = reader(events, opened, bed, open);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (open.all().isEmpty()) {
            assertTrue(System.nanoTime() < end, "no flow");
            reader.work();
        }
        reader.finish();
        return open.all().get(0).owner();
    }

    /** Makes a loop that logs ends only. */
    static FlowReader reader(ConntrackSocket events, long opened, AttributionBed bed, OpenFlows open)
            throws IOException {
        LossLedger losses = new LossLedger();
        Failures failures = new Failures();
        ObservationQueue queue = new ObservationQueue(10, HEAP, losses, System::nanoTime, EntryNumbers.NONE);
        FlowCounts counts = new FlowCounts();
        return new FlowReader(
                events,
                opened,
                new FlowAttribution(bed.attributor(), new FlowNaming((address, began) -> List.of()), failures),
                Configuration.DEFAULT,
                new ExistingFlows(
                        Optional.of(ConntrackTable::open), true, losses, ExistingFlows.Former.NOTHING, () -> {}),
                new LoggedFlows(
                        Set.of(FlowEvent.Kind.END),
                        /* remembers= */ true,
                        open,
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
                                System::nanoTime,
                                new Random()),
                        FlowPolicy.ALL,
                        UnaryOperator.identity()),
                queue,
                losses,
                failures,
                counts,
                DropCount.ofThisProcess(),
                Optional.empty(),
                Optional.empty());
    }
}
