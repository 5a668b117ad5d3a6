// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.DatagramChannel;
import net.conntracklogger.attribution.AttributionBed;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The loop, with more events that the kernel has queued than it reads at once. */
@KernelTest
class LateReaderIT {
    private static final int FLOWS = 2_000;
    /** In which it reads fewer flows than that. */
    private static final int ROUNDS = 4;

    private static final int HEAP = 8 << 20;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    /** A pause would make the records of owners older than the kernel keeps them. */
    @Test
    void doesNotPauseWhileTheKernelHoldsEvents() throws IOException {
        long opened = System.nanoTime();
        try (ConntrackSocket events = ConntrackSocket.open(HEAP);
                DatagramChannel sender = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            for (int port = 1; port <= FLOWS; port++) {
                send(sender, at("127.0.0.1", port));
            }
            OpenFlows open = new OpenFlows(FLOWS, HEAP);
            FlowReader reader = FlowReaderIT.reader(events, opened, bed, open);
            reader.work();
            long pauses = pauses();
            for (int i = 0; i < ROUNDS; i++) {
                reader.work();
            }
            assertEquals(0, pauses() - pauses);
            int read = open.all().size();
            assertTrue(read > 0 && read < FLOWS, read + " flows: the kernel held more all the time");
            reader.finish();
        }
    }

    /** Returns how often this thread was parked or waited. */
    private static long pauses() {
        return ManagementFactory.getThreadMXBean()
                .getThreadInfo(Thread.currentThread().getId())
                .getWaitedCount();
    }
}
