// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.PROC;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.FAR6;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR6;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The owner of a flow whose port the kernel did not choose, by sockets. Several processes can use such a port, one after
 * the other or together.
 */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class PortOwnerIT {
    private static final long A_SECOND_NANOS = 1_000_000_000;
    private static final int CHOSEN = 5000;

    /**
     * Opens a socket of a type on an address, port or identifier, and protocol. Executes a line, prints "done" and holds
     * the socket until its input ends. The socket leaves no TIME_WAIT behind.
     */
    private static final String OTHER = """
            import socket, struct, sys
            bound, port, kind, protocol, line = sys.argv[1:]
            family = socket.AF_INET6 if ':' in bound else socket.AF_INET
            s = socket.socket(family, getattr(socket, kind), int(protocol))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            s.bind((bound, int(port)))
            exec(line)
            print('done', flush=True)
            sys.stdin.read()
            """;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    private static Child other(String bound, int port, String kind, int protocol, String line) throws Exception {
        Child other = Child.python(OTHER, bound, "" + port, kind, "" + protocol, line);
        other.output().next("done"::equals);
        return other;
    }

    private static Child other(String bound, String kind, String line) throws Exception {
        return other(bound, CHOSEN, kind, /* protocol= */ 0, line);
    }

    /** Has another process send from the port, and end. */
    private FlowEvent sentByOther(String bound, String kind, String line) throws Exception {
        try (Child other = other(bound, kind, line)) {
            return bed.event();
        }
    }

    private static DatagramChannel open(String bound) throws IOException {
        return DatagramChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                .bind(at(bound, CHOSEN));
    }

    @ParameterizedTest
    @EnumSource
    void isTheSocketThatHadThePortBeforeTheFlow(Family family, OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open().bind(at(family.near(), CHOSEN))) {
            bed.survey();
            send(socket, at(family.far(), 9));
            assertOwner(bed.attribute(bed.event(), A_SECOND_NANOS))
                    .isThisProcess()
                    .by(SOCK_DIAG);
            socket.connect(at(family.far(), 10));
            send(socket, at(family.far(), 10));
            assertOwner(bed.attribute(bed.event(), A_SECOND_NANOS))
                    .isThisProcess()
                    .by(SOCK_DIAG);
        }
    }

    @Test
    void isTheSocketFromItsSecondFlowOn(OwnNetwork far) throws IOException {
        bed.assertQuiet();
        try (DatagramChannel socket = DatagramChannel.open().bind(at(NEAR, CHOSEN))) {
            send(socket, at(FAR, 9));
            assertOwner(bed.next(OUTBOUND)).isUnknown(LATE);
            bed.assertQuiet();
            send(socket, at(FAR, 10));
            assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
        }
    }

    /** The listener may have accepted another connection from the same port. */
    @Test
    void isTheListenerIfThePeerChoseItsPort(OwnNetwork far) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(NEAR, 80))) {
            bed.survey();
            try (SocketChannel client = far.call(() -> SocketChannel.open().bind(at(FAR, CHOSEN)));
                    SocketChannel accepted = far.call(() -> client.connect(at(NEAR, 80))) ? server.accept() : null) {
                assertOwner(bed.next(INBOUND)).isThisProcess().by(LISTENER);
            }
        }
    }

    @Nested
    class IsUnknownIfTheSocketFound {
        @ParameterizedTest
        @CsvSource({NEAR + ", " + FAR, "0.0.0.0, " + FAR, NEAR6 + ", " + FAR6})
        void wasBoundLater(String bound, String to, OwnNetwork far) throws Exception {
            bed.assertQuiet();
            FlowEvent event = sentByOther(bound, "SOCK_DGRAM", "s.sendto(b'x', ('" + to + "', 9))");
            try (DatagramChannel later = DatagramChannel.open().bind(at(bound, CHOSEN))) {
                assertOwner(bed.attribute(event)).isUnknown(LATE);
                later.connect(at(to, 9));
                assertOwner(bed.attribute(event)).isUnknown(LATE);
                bed.survey();
                later.disconnect();
                send(later, at(to, 10));
                assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
            }
        }

        @Test
        void connectedLater(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server =
                    far.call(() -> ServerSocketChannel.open().bind(at(FAR, 80)))) {
                FlowEvent event = sentByOther(NEAR, "SOCK_STREAM", "s.connect(('" + FAR + "', 80))");
                try (SocketChannel later = SocketChannel.open().bind(at(NEAR, CHOSEN))) {
                    later.connect(at(FAR, 80));
                    assertOwner(bed.attribute(event)).isUnknown(LATE);
                }
            }
        }

        @Test
        void receivesOnThePortLater(OwnNetwork far) throws Exception {
            try (DatagramChannel client = far.call(() -> DatagramChannel.open().bind(at(FAR, 0)))) {
                FlowEvent event;
                try (Child before = other(NEAR, "SOCK_DGRAM", "")) {
                    bed.assertQuiet();
                    send(client, at(NEAR, CHOSEN));
                    event = bed.event();
                }
                try (DatagramChannel later = DatagramChannel.open().bind(at(NEAR, CHOSEN))) {
                    assertOwner(bed.attribute(event)).isUnknown(LATE);
                }
            }
        }

        @Test
        void listensOnThePortLater(OwnNetwork far) throws Exception {
            FlowEvent event;
            try (Child before = other(NEAR, "SOCK_STREAM", "s.listen()")) {
                bed.assertQuiet();
                try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, CHOSEN)))) {
                    event = bed.event();
                }
            }
            try (ServerSocketChannel later = ServerSocketChannel.open().bind(at(NEAR, CHOSEN))) {
                assertOwner(bed.attribute(event)).isUnknown(LATE);
            }
        }

        @Test
        void gotTheIdentifierOfThePingLater(OwnNetwork far) throws Exception {
            int identifier = 4242;
            String ping = "s.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 0]), ('" + FAR + "', 0))";
            FlowEvent event;
            try (Child other = other(NEAR, identifier, "SOCK_DGRAM", NativeSocket.IPPROTO_ICMP, ping)) {
                event = bed.event();
            }
            try (NativeSocket later =
                    NativeSocket.bound(at(NEAR, identifier), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMP)) {
                assertOwner(bed.attribute(event)).isUnknown(LATE);
                bed.survey();
                later.connect(at("10.78.0.1", 0));
                later.send(new byte[] {8, 0, 0, 0, 0, 0, 0, 0});
                assertOwner(bed.next(OUTBOUND)).isThisProcess().by(PROC);
            }
        }
    }

    @Nested
    class IfThePortIsShared {
        /** The other socket has another address, and can choose the source address of what it sends. */
        @ParameterizedTest
        @ValueSource(strings = {NEAR, "0.0.0.0", "127.0.0.1", "::"})
        void isUnknownWithAnotherProcess(String bound, OwnNetwork far) throws Exception {
            try (DatagramChannel socket = open(NEAR);
                    Child other = other(bound, "SOCK_DGRAM", "")) {
                bed.survey();
                send(socket, at(FAR, 9));
                assertOwner(bed.next(OUTBOUND)).isUnknown(SHARED_SOCKET);
            }
        }

        @Test
        void isTheProcessThatHasAllSocketsOfThePort(OwnNetwork far) throws Exception {
            try (DatagramChannel one = open(NEAR);
                    DatagramChannel other = open(NEAR);
                    DatagramChannel client =
                            far.call(() -> DatagramChannel.open().bind(at(FAR, 0)))) {
                bed.survey();
                send(one, at(FAR, 9));
                assertOwner(bed.next(OUTBOUND)).isThisProcess().by(SOCK_DIAG);
                send(client, at(NEAR, CHOSEN));
                assertOwner(bed.next(INBOUND)).isThisProcess().by(LISTENER);
            }
        }
    }
}
