// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Attribution by sockets of a flow whose socket gets another holder after the event was read. */
@ExtendWith(InOwnNetwork.class)
class EventTimeIT {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final String FAR = "10.77.0.1";
    /** Starts a process that inherits the connection, and closes its own descriptor. */
    private static final String HAND_ON = "read; sleep 60 & exec 3>&-; echo closed; read";

    @Test
    void namesNoInitiatorThatStartedLater(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)))) {
            String connect = "read; exec 3<>/dev/tcp/%s/%d; echo connected; ".formatted(FAR, port(server));
            AttributedFlow flow = attribute(connect + HAND_ON);
            assertUnknown(Unattributed.LATE, flow.owner());
        }
    }

    @Test
    void namesTheInitiatorThatStartedBefore(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)))) {
            String connect = "read; exec 3<>/dev/tcp/%s/%d; echo connected; ".formatted(FAR, port(server));
            AttributedFlow flow = attribute(connect + "read; echo closed; read");
            assertEquals("bash", flow.owner().process().comm().utf8());
        }
    }

    /** Reads the event of a connection that a script makes, lets the script go on, then attributes the flow. */
    private AttributedFlow attribute(String script) throws Exception {
        Path proc = Path.of("/proc");
        long opened = System.nanoTime();
        try (ConntrackSocket events = ConntrackSocket.open(1 << 20);
                TrackingTable tracking = TrackingTable.add();
                ProcessTable processes = new ProcessTable(proc, new BootClock(0), true);
                ControlGroups groups = new ControlGroups(OwnControlGroup.SYS);
                PingSockets pings = new PingSockets(Path.of("/proc/thread-self"));
                Identities identities =
                        new Identities(proc, Path.of("/nonexistent"), Optional.empty(), /* leisure= */ () -> true);
                SocketOwners sockets = new SocketOwners(
                        Configuration.DEFAULT.attribution(),
                        processes,
                        groups,
                        pings,
                        LocalPorts.anonymous(proc),
                        identities);
                FlowAttributor attributor = new FlowAttributor(new LocalAddresses(), Optional.empty(), sockets);
                Child child = Child.start("bash", "-c", script)) {
            assertNotNull(tracking.name());
            child.say("\n");
            child.output().next("connected"::equals);
            FlowEvent event = events.await(PATIENCE_MILLIS);
            PendingFlow pending = attributor.begin(event, opened, System.nanoTime());
            child.say("\n");
            child.output().next("closed"::equals);
            return attributor.attribute(pending).orElseThrow();
        }
    }

    private static void assertUnknown(Unattributed reason, Owner owner) {
        assertEquals(reason, owner.reason(), owner.toString());
    }

    private static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
}
