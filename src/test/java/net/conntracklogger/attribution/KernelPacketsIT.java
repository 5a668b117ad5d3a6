// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.function.Predicate;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flows whose packets have no socket. */
@KernelTest
@SuppressWarnings("try") // A block holds a socket open without using it.
class KernelPacketsIT {
    private static final int VXLAN = 4789;
    private static final int IGMP = 2;
    /** Less than the wait for a record. */
    private static final long AT_ONCE_NANOS = Patience.INITIATOR_NANOS / 2;

    private static final String RAW_SOCKET = "import socket, sys;"
            + " s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 253); print('open', flush=True); sys.stdin.read()";

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    private void tunnel() throws Exception {
        tunnel("");
    }

    private void tunnel(String options) throws Exception {
        bed.assertQuiet();
        Child.ip(
                "link add vx type vxlan id 5 remote 10.77.0.1 dstport " + VXLAN + options,
                "link set vx address 02:00:00:00:00:01",
                "addr add 10.5.0.1/24 dev vx",
                "link set vx up",
                "neigh add 10.5.0.2 lladdr 02:00:00:00:00:02 dev vx");
    }

    private static void sendThroughTunnel() throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            Endpoint.send(socket, at("10.5.0.2", 9));
        }
    }

    private FlowEvent next(Predicate<FlowEvent> wanted) throws IOException {
        FlowEvent event = bed.event();
        while (!wanted.test(event)) {
            event = bed.event();
        }
        return event;
    }

    private static boolean isVxlan(FlowEvent event) {
        return event.original().layer4() instanceof Layer4.Ports ports && ports.destination() == VXLAN;
    }

    private AttributedFlow attribute(FlowEvent event, boolean atOnce) throws IOException {
        long began = System.nanoTime();
        AttributedFlow flow = bed.attribute(event);
        assertTrue(System.nanoTime() - began < AT_ONCE_NANOS == atOnce, "waits for a record");
        return flow;
    }

    @Test
    void ofATunnelAreOfTheKernel(OwnNetwork far) throws Exception {
        tunnel();
        sendThroughTunnel();
        AttributedFlow flow = attribute(next(KernelPacketsIT::isVxlan), /* atOnce= */ true);
        assertFlow(flow).runs(Direction.OUTBOUND);
        assertOwner(flow).isUnknown(Unattributed.KERNEL);
    }

    /** WireGuard, too, sends from the port on which it receives. */
    @Test
    void ofATunnelFromItsOwnPortAreOfTheKernel(OwnNetwork far) throws Exception {
        tunnel(" srcport " + VXLAN + " " + (VXLAN + 1));
        sendThroughTunnel();
        AttributedFlow flow = attribute(next(KernelPacketsIT::isVxlan), /* atOnce= */ true);
        assertEquals(VXLAN, flow.event().original().sourcePort());
        assertOwner(flow).isUnknown(Unattributed.KERNEL);
    }

    @Test
    void intoATunnelAreOfTheKernelIfItsSocketIsKnown(OwnNetwork far) throws Exception {
        tunnel();
        for (Unattributed reason : new Unattributed[] {Unattributed.LATE, Unattributed.KERNEL}) {
            far.call(() -> {
                try (DatagramChannel socket = DatagramChannel.open()) {
                    Endpoint.send(socket, at("10.77.0.2", VXLAN));
                }
                return null;
            });
            AttributedFlow flow = bed.attribute(next(event ->
                    isVxlan(event) && event.original().destination().toString().equals("10.77.0.2")));
            assertFlow(flow).runs(Direction.INBOUND);
            assertOwner(flow).isUnknown(reason);
            bed.skipPending(); // of the tunnel's own IPv6
        }
    }

    @Test
    void insideATunnelHaveTheirOwner(OwnNetwork far) throws Exception {
        tunnel();
        sendThroughTunnel();
        FlowEvent inner = next(event -> event.original().layer4().equals(ports(event, 9)));
        assertOwner(bed.attribute(inner)).isThisProcess();
    }

    private static Layer4 ports(FlowEvent event, int destination) {
        return event.original().layer4() instanceof Layer4.Ports ports
                ? new Layer4.Ports(ports.source(), destination)
                : null;
    }

    @Test
    void ofIgmpAreOfTheKernel(OwnNetwork far) throws Exception {
        try (DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET)) {
            NetworkInterface uplink = NetworkInterface.getByInetAddress(InetAddress.getByName("10.77.0.2"));
            bed.assertQuiet();
            socket.join(InetAddress.getByName("239.1.2.3"), uplink);
            FlowEvent report = next(event -> event.original().protocol().number() == IGMP);
            assertOwner(attribute(report, /* atOnce= */ true)).isUnknown(Unattributed.KERNEL);
        }
    }

    /** The process can be about to send: the record of its packet is still to come. */
    @Test
    void areNotOfTheKernelIfARawSocketExists(OwnNetwork far) throws Exception {
        try (Child child = Child.start("python3", "-c", RAW_SOCKET)) {
            child.output().next("open"::equals);
            tunnel();
            sendThroughTunnel();
            AttributedFlow flow = attribute(next(KernelPacketsIT::isVxlan), /* atOnce= */ false);
            assertNotEquals(Unattributed.KERNEL, flow.owner().reason());
        }
    }

    @Test
    void areNotOfTheKernelIfASocketHasTheirPort(OwnNetwork far) throws Exception {
        tunnel();
        sendThroughTunnel();
        FlowEvent event = next(KernelPacketsIT::isVxlan);
        int port = event.original().layer4() instanceof Layer4.Ports ports ? ports.source() : 0;
        try (DatagramChannel socket = DatagramChannel.open().bind(at("10.77.0.2", port))) {
            assertNotEquals(
                    Unattributed.KERNEL,
                    attribute(event, /* atOnce= */ false).owner().reason());
        }
    }
}
