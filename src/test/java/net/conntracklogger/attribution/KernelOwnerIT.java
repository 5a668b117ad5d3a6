// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;

/** What the programs in the kernel noted, of processes that have ended before anybody asks. */
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
}
