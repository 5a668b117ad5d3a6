// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Heir;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;

/** What the programs in the kernel noted, of processes that have ended before anybody asks. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
final class KernelOwnerIT extends KernelOwnerFixture {
    @Test
    void knowsWhoHasEnded(OwnNetwork far) throws Exception {
        for (String address : new String[] {FAR, "fd00:10:77::1"}) {
            long pid = runToItsEnd("echo >/dev/udp/" + address + "/9", "told");
            assertIs(pid, "told", next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void knowsWhoHasConnectedAndEnded(OwnNetwork far) throws Exception {
        long pid = runToItsEnd("echo >/dev/tcp/" + FAR + "/9", "refused");
        assertIs(pid, "refused", next(Direction.OUTBOUND).owner());
    }

    /** The second has the port of the first, and sends to the same place: each flow is its own process's. */
    @Test
    void tellsApartWhoUsesATupleAfterAnother() throws Exception {
        String script = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4000));"
                + " s.sendto(b'x', ('127.0.0.1', 9))";
        for (String mark : new String[] {"first", "second"}) {
            Child sender = Child.start("python3", "-c", script, mark);
            assertEquals(0, sender.await());
            assertIs(sender.pid(), mark, next(Direction.LOCAL).owner());
            Child.run("conntrack", "-F");
            nothingWaits();
        }
    }

    /** Who has the port now may be another than who began the flow, and no socket tells. */
    @Test
    void namesNobodyWhereOneUsedATupleRightAfterAnother() throws Exception {
        String script = "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4001));"
                + " s.connect(('127.0.0.1', 9)); s.send(b'x'); print('sent', flush=True); sys.stdin.read()";
        try (Child first = Child.start("python3", "-c", script)) {
            assertEquals("sent", first.output().next());
        }
        Child.run("conntrack", "-F");
        try (Child second = Child.start("python3", "-c", script)) {
            assertEquals("sent", second.output().next());
            assertUnknown(NoProcess.AMBIGUOUS, next(Direction.LOCAL).owner());
        }
    }

    @Test
    void knowsTheSenderInAnotherNetworkNamespace(OwnNetwork container) throws Throwable {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        Child.ip(
                "link add out0 type veth peer name nowhere",
                "link set out0 up",
                "link set nowhere up",
                "route add 10.79.0.0/16 dev out0");
        Child.nft(
                "table ip nat { chain out { type nat hook postrouting priority 100; oifname \"out0\" masquerade; }; }");
        Child.run("ip", "address", "add", "192.0.2.1/24", "dev", "out0");
        long pid = container.call(() -> {
            Child.ip("route add 10.79.0.0/16 via " + NEAR);
            return runToItsEnd("echo >/dev/udp/10.79.0.1/9", "contained");
        });
        AttributedFlow flow = next(Direction.FORWARDED);
        assertTrue(flow.event().isTranslated(), flow.toString());
        assertIs(pid, "contained", flow.owner());
    }

    // ---- who accepts

    @Test
    void knowsWhoListensWhileItHoldsTheSocket(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir one = Heir.start()) {
            server.listen();
            assertIs(SELF, OwnerSource.BPF, connected(far, 80));
            assertIs(SELF, OwnerSource.BPF, connected(far, 80));
            server.close();
            assertIs(one.pid(), OwnerSource.LISTENER, connected(far, 80));
            assertIs(one.pid(), OwnerSource.LISTENER, connected(far, 80));
        }
    }

    @Test
    void knowsWhoReceivesDatagramsOfAnInheritedSocket(OwnNetwork far) throws Throwable {
        try (NativeSocket server = NativeSocket.bound(at(NEAR, 53), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                Heir one = Heir.start();
                DatagramChannel client = far.call(DatagramChannel::open)) {
            send(client, at(NEAR, 53));
            assertIs(SELF, OwnerSource.BPF, next(Direction.INBOUND).owner());
            server.close();
            Child.run("conntrack", "-F");
            send(client, at(NEAR, 53));
            assertIs(one.pid(), OwnerSource.LISTENER, next(Direction.INBOUND).owner());
        }
    }

    @Test
    void namesNobodyWhereTwoInheritedAListener(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir one = Heir.start();
                Heir other = Heir.start()) {
            server.listen();
            server.close();
            Owner owner = connected(far, 80);
            assertUnknown(NoProcess.SHARED_SOCKET, owner);
            assertEquals(OwnerSource.LISTENER, owner.source());
            assertEquals(0, owner.uid());
            assertTrue(ProcFacts.of(one.pid())
                    .controlGroups()
                    .contains(owner.cgroup().path()));
            other.close();
            Thread.sleep(1100); // For a second they are believed to share it.
            assertIs(one.pid(), OwnerSource.LISTENER, connected(far, 80));
        }
    }

    /** As a daemon does; its master then forks workers, which accept. */
    @Test
    void knowsTheEldestWhereTheParentIsGone(OwnNetwork far) throws Throwable {
        String script = "import os, signal, socket; s = socket.create_server(('10.77.0.2', 80)); pid = os.fork();"
                + " (print(pid, flush=True), os._exit(0)) if pid else (os.fork(), os.fork(), signal.pause())";
        try (Child daemon = Child.start("python3", "-c", script)) {
            long master = Long.parseLong(daemon.output().next());
            daemon.await();
            ProcessHandle handle = ProcessHandle.of(master).orElseThrow();
            List<ProcessHandle> family = new ArrayList<>(List.of(handle));
            try {
                while (handle.descendants().count() < 3) {
                    Thread.sleep(1);
                }
                handle.descendants().forEach(family::add);
                assertIs(master, OwnerSource.LISTENER, connected(far, 80));
            } finally {
                family.forEach(ProcessHandle::destroyForcibly);
            }
        }
    }

    /** The listener is older than the programs, and which of its holders uses it nothing tells but their kinship. */
    @Test
    void asksWhoHoldsAListenerThatIsOlder(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir worker = Heir.start()) {
            server.listen();
            close();
            open();
            assertIs(SELF, OwnerSource.LISTENER, connected(far, 80));
            server.close();
            assertIs(worker.pid(), OwnerSource.LISTENER, connected(far, 80));
        }
    }

    /** The owner of a connection from the far end, whose client has gone again. */
    private Owner connected(OwnNetwork far, int port) throws Throwable {
        far.call(() -> SocketChannel.open(at(NEAR, port))).close();
        return next(Direction.INBOUND).owner();
    }
}
