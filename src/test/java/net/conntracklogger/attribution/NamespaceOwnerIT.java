// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Unattributed.OTHER_NETNS;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;

/** Flows of other network namespaces, by the ids that the kernel gives those that an interface leads to. */
@SuppressWarnings("try") // That namespaces are tracked, and until when, is the point.
final class NamespaceOwnerIT extends NamespaceFixture {
    @Test
    void eachFlowIsToldOnceByEachThatTracksIt(OwnNetwork far) throws Throwable {
        name(far, "blue");
        try (TrackingTable there = far.call(TrackingTable::add);
                DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at(FAR, 9));
            FlowEvent here = event();
            assertNull(here.namespace());
            FlowEvent event = event();
            assertEquals(new NetworkNamespace(0, "blue", inode(far)), event.namespace());
            assertEquals(here.original(), event.original());
            assertNotEquals(here.id(), event.id());
            nothingWaits();
            assertNull(attribute(event, 0).direction());
        }
    }

    /** Of a container, on its side and as this host sends it on. */
    @Test
    void whatIsMasqueradedIsOfTheSameProcessOnBothSides(OwnNetwork container) throws Throwable {
        name(container, "blue");
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        Child.ip(
                "link add name out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "address add 192.0.2.1/24 dev out0",
                "neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev out0");
        Child.nft(
                "table ip nat { chain out { type nat hook postrouting priority 100; oifname \"out0\" masquerade; }; }");
        try (TrackingTable there = container.call(TrackingTable::add);
                Child resident = resident(container)) {
            container.call(() -> Child.ip("route add 192.0.2.9 via " + NEAR));
            long pid = container.call(() -> runToItsEnd("echo >/dev/udp/192.0.2.9/9", "contained"));
            AttributedFlow inside = next(Direction.OUTBOUND);
            assertEquals("blue", inside.event().namespace().name());
            assertIs(pid, "contained", inside.owner());
            AttributedFlow outside = next(Direction.FORWARDED);
            assertNull(outside.event().namespace());
            assertIs(pid, "contained", outside.owner());
        }
    }

    @Test
    void whatComesInIsOfWhoListensThere(OwnNetwork container) throws Throwable {
        tracking.close();
        try (TrackingTable there = container.call(TrackingTable::add)) {
            Child listener = listener(container);
            runToItsEnd("echo >/dev/tcp/10.77.0.1/80", "client");
            AttributedFlow flow = next(Direction.INBOUND);
            // By the process, as it has no name.
            assertEquals(
                    "net:[" + inode(container) + "]", flow.event().namespace().name());
            assertIs(listener.pid(), "listener", flow.owner());
            listener.close();
        }
    }

    private static Child listener(OwnNetwork network) throws Throwable {
        return network.call(() -> {
            Child child = Child.start(
                    "python3",
                    "-c",
                    "import socket; s = socket.create_server(('10.77.0.1', 80)); print('up', flush=True);\nwhile True: s.accept()",
                    "listener");
            child.output().next("up"::equals);
            return child;
        });
    }

    @Test
    void whatStaysThereHasBothEnds(OwnNetwork container) throws Throwable {
        try (TrackingTable there = container.call(TrackingTable::add);
                Child listener = listener(container)) {
            long pid = container.call(() -> runToItsEnd("echo >/dev/tcp/10.77.0.1/80", "client"));
            AttributedFlow flow = next(Direction.LOCAL);
            assertEquals(inode(container), flow.event().namespace().inode());
            assertIs(pid, "client", flow.owner());
            assertIs(listener.pid(), "listener", flow.peer());
        }
    }

    /** By where it really goes. */
    @Test
    void whatIsTurnedBackThereStaysThere(OwnNetwork container) throws Throwable {
        try (TrackingTable there = container.call(TrackingTable::add);
                Child listener = listener(container)) {
            container.call(() -> Child.nft("table ip nat { chain out { type nat hook output priority -100;"
                    + " ip daddr 10.77.0.2 tcp dport 81 dnat to 10.77.0.1:80; }; }"));
            long pid = container.call(() -> runToItsEnd("echo >/dev/tcp/10.77.0.2/81", "client"));
            AttributedFlow flow = next(Direction.LOCAL);
            assertTrue(flow.event().isTranslated());
            assertIs(pid, "client", flow.owner());
            assertIs(listener.pid(), "listener", flow.peer());
        }
    }

    /** No socket there has the flow, and the addresses of another namespace are unknown. */
    @Test
    void whatGoesThroughHasNoDirection(OwnNetwork router) throws Throwable {
        tracking.close();
        try (TrackingTable there = router.call(TrackingTable::add);
                Child resident = resident(router)) {
            router.call(() -> Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1"));
            router.call(() -> Child.ip(
                    "link add name out0 type veth peer name nowhere",
                    "link set out0 up",
                    "link set nowhere up",
                    "address add 192.0.2.1/24 dev out0",
                    "neighbour add 192.0.2.9 lladdr 02:00:00:00:00:01 dev out0"));
            runToItsEnd("echo >/dev/udp/192.0.2.9/9", "client");
            AttributedFlow flow = next(null);
            assertEquals(inode(router), flow.event().namespace().inode());
            assertUnknown(OTHER_NETNS, flow.owner());
        }
    }

    @Test
    void aNamespaceThatCannotBeLookedUpHasItsId(OwnNetwork far) throws Throwable {
        try (TrackingTable there = far.call(TrackingTable::add)) {
            sendWithin(far); // A thread of this process, whose first thread is elsewhere.
            AttributedFlow flow = next(null);
            assertEquals(new NetworkNamespace(0, "nsid:0", 0), flow.event().namespace());
            assertUnknown(OTHER_NETNS, flow.owner());
        }
    }

    @Test
    void aNamespaceWithoutAnIdIsNotSeen() throws Throwable {
        try (OwnNetwork apart = OwnNetwork.create();
                TrackingTable there = apart.call(TrackingTable::add)) {
            name(apart, "apart");
            sendWithin(apart);
            nothingWaits();
            link(apart, "veth0");
            apart.call(() -> Child.run("conntrack", "-F"));
            sendWithin(apart);
            assertEquals("apart", event().namespace().name());
        }
    }

    /** An id that is free again goes to the next. What still waits of the last one is not the next one's. */
    @Test
    void anIdThatIsUsedAgainNamesTheNewOne() throws Throwable {
        long inode;
        try (OwnNetwork first = OwnNetwork.create();
                TrackingTable there = first.call(TrackingTable::add)) {
            name(first, "first");
            link(first, "veth0");
            sendWithin(first);
            assertEquals("first", event().namespace().name());
            first.call(() -> Child.run("conntrack", "-F"));
            sendWithin(first);
            inode = inode(first);
        }
        Files.delete(names.resolve("first"));
        Child.run("bash", "-c", "while ip link show veth0; do :; done");
        try (OwnNetwork second = OwnNetwork.create();
                TrackingTable there = second.call(TrackingTable::add)) {
            name(second, "second");
            link(second, "veth0");
            sendWithin(second);
            assertEquals("nsid:0", event().namespace().name(), "of the first");
            assertEquals("nsid:0", event().namespace().name(), "of the second, which looks the same");
            nothingWaits();
            second.call(() -> Child.run("conntrack", "-F"));
            sendWithin(second);
            NetworkNamespace namespace = event().namespace();
            assertEquals("second", namespace.name());
            assertEquals(inode(second), namespace.inode());
            assertNotEquals(0, inode);
        }
    }
}
