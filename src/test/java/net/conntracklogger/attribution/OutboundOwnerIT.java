// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.PROC;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.NOT_COVERED;
import static net.conntracklogger.flow.Unattributed.SEARCH_LIMIT;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.FAR6;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The owner of an outbound flow, by the sockets that exist when the event is attributed. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class OutboundOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    /** A socket that Java opens without a family is an IPv6 socket. Its IPv4 peers are {@code ::ffff:a.b.c.d}. */
    @ParameterizedTest
    @CsvSource({"INET, " + FAR, ", " + FAR, ", " + FAR6})
    void isTheProcessThatConnects(StandardProtocolFamily family, String host, OwnNetwork far) throws Exception {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(host, 0)));
                SocketChannel client = family == null ? SocketChannel.open() : SocketChannel.open(family)) {
            client.connect(server.getLocalAddress());
            assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INET, " + FAR + ", true", ", " + FAR + ", true", ", " + FAR6 + ", true",
        "INET, " + FAR + ", false", ", " + FAR + ", false", ", " + FAR6 + ", false"
    })
    void isTheProcessThatSendsDatagrams(StandardProtocolFamily family, String host, boolean connected, OwnNetwork far)
            throws IOException {
        try (DatagramChannel socket = family == null ? DatagramChannel.open() : DatagramChannel.open(family)) {
            if (connected) {
                socket.connect(at(host, 9));
            }
            send(socket, at(host, 9));
            assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isTheProcessThatSendsUdpLite(Family family, OwnNetwork far) throws IOException {
        try (NativeSocket socket =
                NativeSocket.bound(at(family.near(), 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDPLITE)) {
            socket.connect(at(family.far(), 9));
            socket.send((byte) 0);
            assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
        }
    }

    @Test
    void isTheSameForEachFlowOfASocket(OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.bind(null);
            bed.survey();
            for (int i = 1; i <= 20; i++) {
                send(socket, at("10.78.0." + i, 9));
                AttributedFlow flow = bed.next(OUTBOUND);
                assertFlow(flow).hasDestination("10.78.0." + i);
                assertOwner(flow).isThisProcess().by(SOCK_DIAG);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IPV4, 1, 8", "IPV6, 58, 128"})
    void isTheProcessThatPingsWhileItsSocketIsOpen(Family family, int protocol, int echo, OwnNetwork far)
            throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(family.near(), 0), LibC.SOCK_DGRAM, protocol);
                NativeSocket other = NativeSocket.bound(at(family.near(), 0), LibC.SOCK_DGRAM, protocol)) {
            socket.connect(at(family.far(), 0));
            socket.send(new byte[] {(byte) echo, 0, 0, 0, 0, 0, 0, 0});
            AttributedFlow flow = bed.next(OUTBOUND);
            assertOwner(flow).isThisProcess().by(PROC);
            socket.close();
            assertOwner(bed.attribute(flow.event())).isUnknown(NOT_COVERED);
        }
    }

    @Nested
    class Executable {
        private static final String SEND_AND_WAIT = "exec 3<>/dev/udp/" + FAR + "/9; echo >&3; read line";

        @Test
        void isMarkedDeletedIfItsFileIsRemoved(@TempDir Path directory, OwnNetwork far) throws Exception {
            Path program = Files.copy(Path.of("/bin/bash"), directory.resolve("program"));
            try (Child child = Child.start(program.toString(), "-c", "rm " + program + "; " + SEND_AND_WAIT)) {
                AttributedFlow flow = bed.next(OUTBOUND);
                assertOwner(flow).isProcess(child.pid()).by(SOCK_DIAG).hasExecutable(program + " (deleted)");
            }
        }

        @Test
        void isMarkedDeletedIfItNeverWasAFile(OwnNetwork far) throws Exception {
            try (Child child = Child.startFromMemory(SEND_AND_WAIT)) {
                AttributedFlow flow = bed.next(OUTBOUND);
                assertOwner(flow).isProcess(child.pid()).by(SOCK_DIAG).hasExecutable("/memfd:probe (deleted)");
            }
        }
    }

    @Nested
    class InACgroup {
        private static final long NOBODY = 65_534;

        @Test
        void isFoundInTheCgroupOfTheSocket(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = listen(far);
                    OwnControlGroup group = OwnControlGroup.create("client-");
                    Child client = client(server, group, "")) {
                assertOwner(bed.next(OUTBOUND))
                        .isProcess(client.pid())
                        .by(SOCK_DIAG)
                        .hasUid(NOBODY)
                        .isInCgroup(group.path());
            }
        }

        @Test
        void isFoundAfterItHasLeftTheCgroupOfTheSocket(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = listen(far);
                    OwnControlGroup before = OwnControlGroup.create("before-");
                    OwnControlGroup after = OwnControlGroup.create("after-");
                    Child client = client(server, before, "")) {
                after.add(client.pid());
                assertOwner(bed.next(OUTBOUND))
                        .isProcess(client.pid())
                        .by(SOCK_DIAG)
                        .isInCgroup(after.path());
            }
        }

        @Test
        void isUnknownOnceSearchesInAllProcessesHaveUsedTheirTime(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = listen(far);
                    OwnControlGroup before = OwnControlGroup.create("before-");
                    OwnControlGroup after = OwnControlGroup.create("after-");
                    Child client = client(server, before, "")) {
                after.add(client.pid());
                FlowEvent event = bed.event();
                long deadline = System.nanoTime() + 30_000_000_000L;
                AttributedFlow flow = bed.attributeOnce(event, /* age= */ 0);
                // Each search takes more time than the budget gains by waiting for it.
                while (flow.owner().process() != null && System.nanoTime() < deadline) {
                    assertEquals(client.pid(), flow.owner().process().pid());
                    flow = bed.attributeOnce(event, /* age= */ 0);
                }
                assertOwner(flow).isUnknown(SEARCH_LIMIT).by(SOCK_DIAG).hasUid(NOBODY);
                assertOwner(bed.attribute(event)).isProcess(client.pid()).by(SOCK_DIAG);
            }
        }

        @Test
        void isUnknownIfTwoProcessesHoldTheSocket(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = listen(far);
                    OwnControlGroup group = OwnControlGroup.create("shared-");
                    Child client = client(server, group, "sleep 60 &")) {
                assertOwner(bed.next(OUTBOUND))
                        .isUnknown(SHARED_SOCKET)
                        .by(SOCK_DIAG)
                        .hasUid(NOBODY)
                        .isInCgroup(group.path());
            }
        }

        private static ServerSocketChannel listen(OwnNetwork far) throws Exception {
            return far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
        }

        /** Starts a process of user nobody that connects in this cgroup and holds the connection. */
        private static Child client(ServerSocketChannel server, OwnControlGroup group, String afterwards)
                throws Exception {
            String script =
                    "read; exec 3<>/dev/tcp/%s/%d; %s echo connected; read".formatted(FAR, port(server), afterwards);
            Child client = Child.start(
                    "setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups", "bash", "-c", script);
            try {
                group.add(client.pid());
                client.say("now\n");
                client.output().next("connected"::equals);
                return client;
            } catch (Throwable e) {
                client.close();
                throw e;
            }
        }
    }
}
