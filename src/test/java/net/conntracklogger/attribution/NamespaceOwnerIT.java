// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.Unattributed.OTHER_NETNS;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.channels.DatagramChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.Nat;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Uplink;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The owner of a flow that another network namespace tracks, which has an id because an interface leads to it. */
@KernelTest
@SuppressWarnings("try") // Blocks hold processes and tracking tables without using them.
final class NamespaceOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf().ofAllNamespaces();

    @Nested
    class OfAContainer {
        @Test
        void isTheInitiatorInTheContainerAndOnTheHostThatMasqueradesIt(OwnNetwork container) throws Exception {
            bed.name(container, "blue");
            Uplink.add(Family.IPV4);
            Uplink.masquerade(Family.IPV4);
            String peer = Uplink.neighbour(Family.IPV4);
            try (TrackingTable tracking = container.call(TrackingTable::add);
                    Child resident = container.resident()) {
                container.call(() -> Child.ip("route add " + peer + " via " + NEAR));
                EndedProcess initiator =
                        container.call(() -> EndedProcess.run("echo >/dev/udp/" + peer + "/9", "initiator"));
                AttributedFlow inside = bed.next(OUTBOUND);
                assertFlow(inside).isInNamespaceNamed("blue");
                assertOwner(inside).isProcess(initiator).by(BPF);
                AttributedFlow outside = bed.next(FORWARDED);
                assertFlow(outside).isInTestNamespace();
                assertOwner(outside).isProcess(initiator).by(BPF);
            }
        }

        /** The namespace has no name in /run/netns, so that it is named by the link of its process. */
        @Test
        void isTheListenerIfTheFlowIsInbound(OwnNetwork container) throws Exception {
            bed.stopTracking();
            try (TrackingTable tracking = container.call(TrackingTable::add);
                    Child listener = container.call(() -> Child.listener(FAR, 80))) {
                EndedProcess.run("echo >/dev/tcp/" + FAR + "/80", "client");
                AttributedFlow flow = bed.next(INBOUND);
                assertFlow(flow).isInNamespaceNamed("net:[" + container.inode() + "]");
                assertOwner(flow)
                        .isProcess(listener.pid())
                        .descendsFrom(listener.pid())
                        .by(BPF);
            }
        }

        @Test
        void isTheClientAndThePeerTheListenerIfTheFlowIsLocal(OwnNetwork container) throws Exception {
            assertFlow(local(container, FAR, 80)).isIn(container);
        }

        /** The translated destination decides on the direction. */
        @Test
        void isTheClientAndThePeerTheListenerIfTheFlowIsLocalAfterTranslation(OwnNetwork container) throws Exception {
            container.call(() -> {
                Nat.chain(Family.IPV4, "output", "ip daddr " + NEAR + " tcp dport 81 dnat to " + FAR + ":80");
                return null;
            });
            assertFlow(local(container, NEAR, 81)).isTranslated();
        }

        /** Connects within the container, where port 80 has a listener. Returns the flow, of which both sides are known. */
        private AttributedFlow local(OwnNetwork container, String host, int port) throws Exception {
            try (TrackingTable tracking = container.call(TrackingTable::add);
                    Child listener = container.call(() -> Child.listener(FAR, 80))) {
                EndedProcess client =
                        container.call(() -> EndedProcess.run("echo >/dev/tcp/" + host + "/" + port, "client"));
                AttributedFlow flow = bed.next(LOCAL);
                assertOwner(flow).isProcess(client).by(BPF);
                assertPeer(flow)
                        .isProcess(listener.pid())
                        .descendsFrom(listener.pid())
                        .by(BPF);
                return flow;
            }
        }
    }

    @Test
    void isUnknownIfTheNamespaceForwardsTheFlow(OwnNetwork router) throws Exception {
        bed.stopTracking();
        try (TrackingTable tracking = router.call(TrackingTable::add);
                Child resident = router.resident()) {
            router.call(() -> {
                Uplink.add(Family.IPV4);
                return null;
            });
            EndedProcess.run("echo >/dev/udp/" + Uplink.neighbour(Family.IPV4) + "/9", "client");
            AttributedFlow flow = bed.next(null);
            assertFlow(flow).isIn(router);
            assertOwner(flow).isUnknown(Unattributed.OTHER_NETNS);
        }
    }

    /** A thread of this process sends. The process itself, by its first thread, is in another namespace. */
    @Test
    void isUnknownIfNoProcessLeadsToTheNamespace(OwnNetwork far) throws Exception {
        try (TrackingTable tracking = far.call(TrackingTable::add)) {
            far.sendWithin();
            AttributedFlow flow = bed.next(null);
            assertFlow(flow).isIn(new NetworkNamespace(0, "nsid:0", 0));
            assertOwner(flow).isUnknown(OTHER_NETNS);
        }
    }

    @Nested
    class TheFlow {
        @Test
        void hasAnEventOfEachNamespaceThatTracksIt(OwnNetwork far) throws Exception {
            bed.name(far, "blue");
            try (TrackingTable tracking = far.call(TrackingTable::add);
                    DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at(FAR, 9));
                FlowEvent near = bed.event();
                assertNull(near.namespace());
                FlowEvent event = bed.event();
                assertEquals(new NetworkNamespace(0, "blue", far.inode()), event.namespace());
                assertEquals(near.original(), event.original());
                assertNotEquals(near.id(), event.id());
                bed.assertQuiet();
                assertFlow(bed.attribute(event)).runs(null);
            }
        }

        @Test
        void hasNoEventOfANamespaceWithoutAnId() throws Exception {
            try (OwnNetwork apart = OwnNetwork.create();
                    TrackingTable tracking = apart.call(TrackingTable::add)) {
                bed.name(apart, "apart");
                apart.sendWithin();
                bed.assertQuiet();
                apart.link("veth0");
                apart.call(() -> Child.run("conntrack", "-F"));
                apart.sendWithin();
                assertEquals("apart", bed.event().namespace().name());
            }
        }

        /** The kernel assigns a free id again. Pending events of the previous namespace are not of the next. */
        @Test
        void isOfTheNextNamespaceOnceAnIdIsUsedAgain() throws Exception {
            try (OwnNetwork first = OwnNetwork.create();
                    TrackingTable tracking = first.call(TrackingTable::add)) {
                bed.name(first, "first");
                first.link("veth0");
                first.sendWithin();
                assertEquals("first", bed.event().namespace().name());
                first.call(() -> Child.run("conntrack", "-F"));
                first.sendWithin();
                assertNotEquals(0, first.inode());
            }
            bed.deleteName("first");
            Wait.until("veth0 is gone", () -> !Child.run("ip", "link", "show").contains("veth0"));
            try (OwnNetwork second = OwnNetwork.create();
                    TrackingTable tracking = second.call(TrackingTable::add)) {
                bed.name(second, "second");
                second.link("veth0");
                second.sendWithin();
                assertEquals("nsid:0", bed.event().namespace().name(), "of the first");
                assertEquals("nsid:0", bed.event().namespace().name(), "of the second, which looks the same");
                bed.assertQuiet();
                second.call(() -> Child.run("conntrack", "-F"));
                second.sendWithin();
                NetworkNamespace namespace = bed.event().namespace();
                assertEquals("second", namespace.name());
                assertEquals(second.inode(), namespace.inode());
            }
        }
    }
}
