// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.channels.DatagramChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flows whose records were evicted from a map that is too small. */
@KernelTest
@SuppressWarnings("try") // Blocks hold tracking tables without using them.
final class EvictedOwnerIT {
    private static final int FLOWS = 5000;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf().ofAllNamespaces().withFlowRecords(1);

    @Test
    void isCountedOfAFlowOfAnotherNamespace(OwnNetwork container) throws Exception {
        bed.stopTracking();
        try (TrackingTable tracking = container.call(TrackingTable::add);
                Child resident = container.resident()) {
            container.call(() -> {
                try (DatagramChannel socket = DatagramChannel.open()) {
                    for (int port = 1; port <= FLOWS; port++) {
                        Endpoint.send(socket, Endpoint.at("127.0.0.1", port));
                    }
                }
                return null;
            });
            AttributedFlow flow = bed.attribute(bed.event());
            assertFlow(flow).isIn(container);
            assertOwner(flow).isUnknown(Unattributed.OTHER_NETNS);
            assertEquals(1, bed.records().shortage().flows());
        }
    }

    /** The records of the first flows are evicted by those that follow, but for some that wait in a list of another CPU. */
    @Nested
    class OfAnInboundFlow {
        private static final int PORT = 4000;
        private static final String SERVER = """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(('%s', %d))
                print('up', flush=True)
                sys.stdin.read()
                """.formatted(NEAR, PORT);

        private static Child serve() throws Exception {
            Child server = Child.python(SERVER);
            server.output().next("up"::equals);
            return server;
        }

        /** Sends datagrams from one socket each. */
        private static void send(OwnNetwork far, int datagrams) throws Exception {
            far.call(() -> {
                for (int i = 0; i < datagrams; i++) {
                    try (DatagramChannel socket = DatagramChannel.open()) {
                        Endpoint.send(socket, Endpoint.at(NEAR, PORT));
                    }
                }
                return null;
            });
        }

        @Test
        void isTheListenerThatReceivedFlowsBefore(OwnNetwork far) throws Exception {
            try (Child server = serve()) {
                send(far, 1);
                assertOwner(bed.next(INBOUND)).isProcess(server.pid()).by(BPF);
                bed.assertQuiet();
                send(far, FLOWS);
                AttributedFlow flow = bed.next(INBOUND);
                while (flow.owner().source() == BPF) {
                    flow = bed.next(INBOUND);
                }
                assertOwner(flow).isProcess(server.pid()).by(LISTENER);
            }
        }

        @Test
        void isUnknownIfAnotherSocketHadThePortBefore(OwnNetwork far) throws Exception {
            try (Child server = serve()) {
                send(far, 1);
                assertOwner(bed.next(INBOUND)).isProcess(server.pid());
            }
            bed.assertQuiet();
            try (Child other = serve()) {
                send(far, FLOWS);
                AttributedFlow flow = bed.next(INBOUND);
                while (flow.owner().source() == BPF) {
                    assertOwner(flow).isProcess(other.pid());
                    flow = bed.next(INBOUND);
                }
                assertOwner(flow).isUnknown(Unattributed.LATE);
            }
        }
    }
}
