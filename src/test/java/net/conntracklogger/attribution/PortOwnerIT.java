// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.PROC;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that are not the kernel's choice, and that several processes use, one after the other or together. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class PortOwnerIT extends AttributionFixture {
    private static final long A_SECOND = 1_000_000_000;
    private static final int CHOSEN = 5000;
    private static final int IDENTIFIER = 4242;
    private static final String NEAR6 = "fd00:10:77::2";
    private static final String FAR6 = "fd00:10:77::1";

    /** Opens a socket of that type on a port of its own, runs a line, says so and holds the socket until it may end. */
    private static final String OTHER = "import socket, struct, sys; bound, port, kind = sys.argv[1:4];"
            + " s = socket.socket(socket.AF_INET6 if ':' in bound else socket.AF_INET, getattr(socket, kind),"
            + " socket.IPPROTO_ICMP if sys.argv[5:] else 0);"
            + " s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
            + " s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0));"
            + " s.bind((bound, int(port))); exec(sys.argv[4]); print('done', flush=True); sys.stdin.read()";

    private static Child other(String bound, String kind, String line) throws Exception {
        Child other = Child.start("python3", "-c", OTHER, bound, "" + CHOSEN, kind, line);
        other.output().next("done"::equals);
        return other;
    }

    /** Has another process send from the port, and end. */
    private FlowEvent sentByOther(String bound, String kind, String line) throws Exception {
        try (Child other = other(bound, kind, line)) {
            return event();
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.1", "0.0.0.0, 10.77.0.1", "fd00:10:77::2, fd00:10:77::1"})
    void namesNobodyWhoBoundThePortLater(String bound, String to, OwnNetwork far) throws Exception {
        nothingWaits();
        FlowEvent event = sentByOther(bound, "SOCK_DGRAM", "s.sendto(b'x', ('" + to + "', 9))");
        try (DatagramChannel later = DatagramChannel.open().bind(at(bound, CHOSEN))) {
            assertUnknown(LATE, attribute(event, 0).owner());
            later.connect(at(to, 9));
            assertUnknown(LATE, attribute(event, 0).owner());
            meetSockets();
            later.disconnect();
            send(later, at(to, 10));
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void namesNobodyWhoConnectedFromThePortLater(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                far.call(() -> ServerSocketChannel.open().bind(at(FAR, 80)))) {
            FlowEvent event = sentByOther(NEAR, "SOCK_STREAM", "s.connect(('" + FAR + "', 80))");
            try (SocketChannel later = SocketChannel.open().bind(at(NEAR, CHOSEN))) {
                later.connect(at(FAR, 80));
                assertUnknown(LATE, attribute(event, 0).owner());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {NEAR, NEAR6})
    void findsASocketThatWasThereBefore(String bound, OwnNetwork far) throws IOException {
        String to = bound.equals(NEAR) ? FAR : FAR6;
        try (DatagramChannel socket = DatagramChannel.open().bind(at(bound, CHOSEN))) {
            meetSockets();
            send(socket, at(to, 9));
            assertIs(SELF, SOCK_DIAG, attribute(event(), A_SECOND).owner());
            socket.connect(at(to, 10));
            send(socket, at(to, 10));
            assertIs(SELF, SOCK_DIAG, attribute(event(), A_SECOND).owner());
        }
    }

    @Test
    void findsASocketFromTheSecondFlowOn(OwnNetwork far) throws IOException {
        nothingWaits();
        try (DatagramChannel socket = DatagramChannel.open().bind(at(NEAR, CHOSEN))) {
            send(socket, at(FAR, 9));
            assertUnknown(LATE, next(Direction.OUTBOUND).owner());
            nothingWaits();
            send(socket, at(FAR, 10));
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    /** The other one has another address, and chooses the source address of what it sends. */
    @ParameterizedTest
    @ValueSource(strings = {NEAR, "0.0.0.0", "127.0.0.1", "::"})
    void namesNobodyWhereAnotherProcessSharesThePort(String bound, OwnNetwork far) throws Exception {
        try (DatagramChannel socket = open(NEAR);
                Child other = other(bound, "SOCK_DGRAM", "")) {
            meetSockets();
            send(socket, at(FAR, 9));
            assertUnknown(SHARED_SOCKET, next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void findsTheProcessWhereItSharesThePortWithItself(OwnNetwork far) throws Throwable {
        try (DatagramChannel one = open(NEAR);
                DatagramChannel other = open(NEAR);
                DatagramChannel client = far.call(() -> DatagramChannel.open().bind(at(FAR, 0)))) {
            meetSockets();
            send(one, at(FAR, 9));
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
            send(client, at(NEAR, CHOSEN));
            assertIs(SELF, LISTENER, next(Direction.INBOUND).owner());
        }
    }

    private static DatagramChannel open(String bound) throws IOException {
        return DatagramChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                .bind(at(bound, CHOSEN));
    }

    @Test
    void namesNobodyWhoTookThePortOverThatDatagramsComeTo(OwnNetwork far) throws Throwable {
        try (DatagramChannel client = far.call(() -> DatagramChannel.open().bind(at(FAR, 0)))) {
            FlowEvent event;
            try (Child before = other(NEAR, "SOCK_DGRAM", "")) {
                nothingWaits();
                send(client, at(NEAR, CHOSEN));
                event = event();
            }
            try (DatagramChannel later = DatagramChannel.open().bind(at(NEAR, CHOSEN))) {
                assertUnknown(LATE, attribute(event, 0).owner());
            }
        }
    }

    @Test
    void namesNobodyWhoListensLaterOnThePort(OwnNetwork far) throws Throwable {
        FlowEvent event;
        try (Child before = other(NEAR, "SOCK_STREAM", "s.listen()")) {
            nothingWaits();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, CHOSEN)))) {
                event = event();
            }
        }
        try (ServerSocketChannel later = ServerSocketChannel.open().bind(at(NEAR, CHOSEN))) {
            assertUnknown(LATE, attribute(event, 0).owner());
        }
    }

    /** It may have accepted another connection from the same port. */
    @Test
    void namesTheListenerWhereThePeerChoseItsPort(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(NEAR, 80))) {
            meetSockets();
            try (SocketChannel client = far.call(() -> SocketChannel.open().bind(at(FAR, CHOSEN)));
                    SocketChannel accepted = far.call(() -> client.connect(at(NEAR, 80))) ? server.accept() : null) {
                assertIs(SELF, LISTENER, next(Direction.INBOUND).owner());
            }
        }
    }

    @Test
    void namesNobodyWhoTookAnIdentifierLater(OwnNetwork far) throws Exception {
        String send = "s.sendto(bytes([8, 0, 0, 0, 0, 0, 0, 0]), ('" + FAR + "', 0))";
        FlowEvent event;
        try (Child other =
                Child.start("python3", "-c", OTHER, NEAR, "" + IDENTIFIER, "SOCK_DGRAM", send, "an echo request")) {
            other.output().next("done"::equals);
            event = event();
        }
        try (NativeSocket later =
                NativeSocket.bound(at(NEAR, IDENTIFIER), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMP)) {
            assertUnknown(LATE, attribute(event, 0).owner());
            meetSockets();
            later.connect(at("10.78.0.1", 0));
            later.send(new byte[] {8, 0, 0, 0, 0, 0, 0, 0});
            assertIs(SELF, PROC, next(Direction.OUTBOUND).owner());
        }
    }
}
