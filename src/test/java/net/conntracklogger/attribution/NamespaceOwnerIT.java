// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.NoProcess.OTHER_NETNS;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.NetworkNamespaces;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flows of other network namespaces, by the ids that the kernel gives those that an interface leads to. */
@SuppressWarnings("try") // That namespaces are tracked, and until when, is the point.
final class NamespaceOwnerIT extends KernelOwnerFixture {
    @TempDir
    private Path names;

    @Override
    ConntrackSocket listen(int receiveBuffer) throws IOException {
        NetworkNamespaces namespaces = open(new NetworkNamespaces(names, Path.of("/proc")));
        return ConntrackSocket.open(receiveBuffer, /* ends= */ false, Optional.of(namespaces));
    }

    /** As Docker's are made known to ip-netns(8). */
    private void name(OwnNetwork network, String name) throws Throwable {
        Files.createSymbolicLink(names.resolve(name), file(network));
    }

    private static Path file(OwnNetwork network) throws Throwable {
        return Path.of("/proc/self/task", network.call(OwnNetwork::thread) + "/ns/net");
    }

    private static long inode(OwnNetwork network) throws Throwable {
        return (Long) Files.getAttribute(file(network), "unix:ino");
    }

    /** From there to itself. */
    private static void sendWithin(OwnNetwork network) throws Throwable {
        network.call(() -> {
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at("127.0.0.1", 9));
                return null;
            }
        });
    }

    /** Without another cable, an interface that leads there. */
    private static void link(OwnNetwork network, String device) throws Throwable {
        Child.run(
                "ip",
                "link",
                "add",
                device,
                "type",
                "veth",
                "peer",
                "name",
                device,
                "netns",
                "" + network.call(OwnNetwork::thread));
    }

    @Test
    void eachFlowIsToldOnceByEachThatTracksIt(OwnNetwork far) throws Throwable {
        name(far, "blue");
        try (TrackingTable there = far.call(TrackingTable::add);
                DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at(FAR, 9));
            FlowEvent here = event();
            assertNull(here.namespace());
            FlowEvent event = event();
            assertEquals(new NetworkNamespace("blue", inode(far)), event.namespace());
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
        try (TrackingTable there = container.call(TrackingTable::add)) {
            container.call(() -> Child.ip("route add 192.0.2.9 via " + NEAR));
            long pid = container.call(() -> runToItsEnd("echo >/dev/udp/192.0.2.9/9", "contained"));
            AttributedFlow inside = next(null);
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
            Child listener = container.call(() -> {
                Child child = Child.start(
                        "python3",
                        "-c",
                        "import socket; s = socket.create_server(('10.77.0.1', 80)); print('up', flush=True);\nwhile True: s.accept()",
                        "listener");
                child.output().next("up"::equals);
                return child;
            });
            runToItsEnd("echo >/dev/tcp/10.77.0.1/80", "client");
            AttributedFlow flow = next(null);
            // By the process, as it has no name.
            assertEquals(
                    "net:[" + inode(container) + "]", flow.event().namespace().name());
            assertIs(listener.pid(), "listener", flow.owner());
            listener.close();
        }
    }

    @Test
    void aNamespaceThatCannotBeLookedUpHasItsId(OwnNetwork far) throws Throwable {
        try (TrackingTable there = far.call(TrackingTable::add)) {
            sendWithin(far); // A thread of this process, whose first thread is elsewhere.
            AttributedFlow flow = next(null);
            assertEquals(new NetworkNamespace("nsid:0", 0), flow.event().namespace());
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
