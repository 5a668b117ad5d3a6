// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.PROC;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.NOT_COVERED;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows that this host begins. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class OutboundOwnerIT extends AttributionFixture {
    /** A socket of Java's without a family is an IPv6 one, which sees IPv4 peers as {@code ::ffff:a.b.c.d}. */
    @ParameterizedTest
    @CsvSource({"INET, 10.77.0.1", ", 10.77.0.1", ", fd00:10:77::1"})
    void findsWhoConnects(StandardProtocolFamily family, String host, OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(host, 0)));
                SocketChannel client = family == null ? SocketChannel.open() : SocketChannel.open(family)) {
            client.connect(server.getLocalAddress());
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INET, 10.77.0.1, true", ", 10.77.0.1, true", ", fd00:10:77::1, true",
        "INET, 10.77.0.1, false", ", 10.77.0.1, false", ", fd00:10:77::1, false"
    })
    void findsWhoSendsDatagrams(StandardProtocolFamily family, String host, boolean connected, OwnNetwork far)
            throws IOException {
        try (DatagramChannel socket = family == null ? DatagramChannel.open() : DatagramChannel.open(family)) {
            if (connected) {
                socket.connect(at(host, 9));
            }
            send(socket, at(host, 9));
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.1", "fd00:10:77::2, fd00:10:77::1"})
    void findsWhoSendsUdpLite(String from, String to, OwnNetwork far) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDPLITE)) {
            socket.connect(at(to, 9));
            socket.send((byte) 0);
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    /** What the kernel's layer must say too. */
    @Test
    void marksAProgramThatIsDeleted(@TempDir Path directory, OwnNetwork far) throws Exception {
        Path program = Files.copy(Path.of("/bin/bash"), directory.resolve("program"));
        String line = "rm " + program + "; exec 3<>/dev/udp/10.77.0.1/9; echo >&3; read line";
        try (Child child = Child.start(program.toString(), "-c", line)) {
            Owner owner = next(Direction.OUTBOUND).owner();
            assertEquals(child.pid(), owner.process().pid());
            assertEquals(program + " (deleted)", owner.process().exe().utf8());
        }
    }

    @Test
    void marksAProgramThatNeverWasAFile(OwnNetwork far) throws Exception {
        String line = "exec 3<>/dev/udp/10.77.0.1/9; echo >&3; read line";
        String script = "import os; fd = os.memfd_create('probe'); os.write(fd, open('/bin/bash', 'rb').read());"
                + " os.execve(fd, ['bash', '-c', '" + line + "'], os.environ)";
        try (Child child = Child.start("python3", "-c", script)) {
            Owner owner = next(Direction.OUTBOUND).owner();
            assertEquals(child.pid(), owner.process().pid());
            assertEquals("/memfd:probe (deleted)", owner.process().exe().utf8());
        }
    }

    @Test
    void findsTheOneSocketOfManyFlows(OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.bind(null);
            meetSockets();
            for (int i = 1; i <= 20; i++) {
                send(socket, at("10.78.0." + i, 9));
                AttributedFlow flow = next(Direction.OUTBOUND);
                assertEquals(
                        "10.78.0." + i, flow.event().original().destination().toString());
                assertIs(SELF, SOCK_DIAG, flow.owner());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.1, 1, 8", "fd00:10:77::2, fd00:10:77::1, 58, 128"})
    void findsWhoPings(String from, String to, int protocol, int echo, OwnNetwork far) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, protocol);
                NativeSocket other = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, protocol)) {
            socket.connect(at(to, 0));
            socket.send(new byte[] {(byte) echo, 0, 0, 0, 0, 0, 0, 0});
            AttributedFlow flow = next(Direction.OUTBOUND);
            assertIs(SELF, PROC, flow.owner());
            socket.close();
            assertUnknown(NOT_COVERED, attribute(flow.event(), 0).owner());
        }
    }

    @Test
    void findsTheProcessInItsControlGroup(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup group = OwnControlGroup.create("client-");
                Child client = connectWhenTold(port(server), "")) {
            group.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            Owner owner = next(Direction.OUTBOUND).owner();
            assertIs(client.pid(), SOCK_DIAG, owner);
            assertEquals(group.path(), owner.cgroup().path());
            assertEquals(65534, owner.uid());
        }
    }

    @Test
    void findsAProcessThatLeftItsSocketsControlGroup(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup before = OwnControlGroup.create("before-");
                OwnControlGroup after = OwnControlGroup.create("after-");
                Child client = connectWhenTold(port(server), "")) {
            before.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            after.add(client.pid());
            Owner owner = next(Direction.OUTBOUND).owner();
            assertIs(client.pid(), SOCK_DIAG, owner);
            assertEquals(after.path(), owner.cgroup().path());
        }
    }

    @Test
    void namesNobodyWhereTwoCouldHaveSent(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup group = OwnControlGroup.create("shared-");
                Child client = connectWhenTold(port(server), "sleep 60 &")) {
            group.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            Owner owner = next(Direction.OUTBOUND).owner();
            assertUnknown(SHARED_SOCKET, owner);
            assertEquals(SOCK_DIAG, owner.source());
            assertEquals(65534, owner.uid());
            assertEquals(group.path(), owner.cgroup().path());
        }
    }

    /** Connects to a port of the far end as user nobody when it reads a line, and holds the connection. */
    private static Child connectWhenTold(int port, String afterwards) throws IOException {
        String script = "read; exec 3<>/dev/tcp/%s/%d; %s echo connected; read".formatted(FAR, port, afterwards);
        return Child.start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script);
    }
}
