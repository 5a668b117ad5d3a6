// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.KERNEL;
import static net.conntracklogger.flow.Unattributed.NO_LISTENER;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.Heir;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows that this host accepts, or does not. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class InboundOwnerIT extends AttributionFixture {
    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.2", "::, 10.77.0.2", "::, fd00:10:77::2", "fd00:10:77::2, fd00:10:77::2"})
    void findsWhoListensAndWhoAccepted(String bound, String host, OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(bound, 0))) {
            meetSockets();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(host, port(server))))) {
                AttributedFlow flow = next(Direction.INBOUND);
                assertIs(SELF, LISTENER, flow.owner());
                assertNull(flow.peer());
                try (SocketChannel accepted = server.accept()) {
                    assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
                    assertIs(SELF, SOCK_DIAG, attribute(flow.event(), 0).owner());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INET, 10.77.0.1, 10.77.0.2, false", ", 10.77.0.1, 10.77.0.2, false", ", fd00:10:77::1, fd00:10:77::2, false",
        "INET, 10.77.0.1, 10.77.0.2, true", ", 10.77.0.1, 10.77.0.2, true", ", fd00:10:77::1, fd00:10:77::2, true"
    })
    void findsWhoReceivesDatagrams(
            StandardProtocolFamily family, String from, String to, boolean connected, OwnNetwork far) throws Throwable {
        try (DatagramChannel server = family == null ? DatagramChannel.open() : DatagramChannel.open(family);
                DatagramChannel client = far.call(() -> DatagramChannel.open().bind(at(from, 0)))) {
            server.bind(at(to, 0));
            if (connected) {
                server.connect(client.getLocalAddress());
            }
            meetSockets();
            send(client, (InetSocketAddress) server.getLocalAddress());
            assertIs(
                    SELF,
                    connected ? SOCK_DIAG : LISTENER,
                    next(Direction.INBOUND).owner());
        }
    }

    @Test
    void knowsThatTheKernelAnswersPings(OwnNetwork far) throws Throwable {
        far.call(() -> {
            try (NativeSocket socket = NativeSocket.bound(at(FAR, 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMP)) {
                socket.connect(at(NEAR, 0));
                socket.send(new byte[] {8, 0, 0, 0, 0, 0, 0, 0});
                return null;
            }
        });
        assertUnknown(KERNEL, next(Direction.INBOUND).owner());
    }

    @Test
    void knowsThatNobodyListens(OwnNetwork far) throws Throwable {
        try (DatagramChannel socket = far.call(DatagramChannel::open);
                SocketChannel client = far.call(SocketChannel::open)) {
            client.configureBlocking(false);
            client.connect(at(NEAR, 9));
            assertUnknown(NO_LISTENER, next(Direction.INBOUND).owner());
            send(socket, at(NEAR, 9));
            assertUnknown(NO_LISTENER, next(Direction.INBOUND).owner());
        }
    }

    @Test
    void namesTheParentOfThoseThatInheritedAListener(OwnNetwork far) throws Throwable {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                Heir worker = Heir.start()) {
            server.listen();
            meetSockets();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                FlowEvent event = event();
                assertIs(SELF, LISTENER, attribute(event, 0).owner());
                server.close();
                assertIs(worker.pid(), LISTENER, attribute(event, 0).owner());
            }
        }
    }

    @Test
    void namesNobodyWhereTwoShareAPort(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel one = listenTogether(80);
                ServerSocketChannel other = listenTogether(80);
                Heir heir = Heir.start()) {
            one.close(); // Now each has one: the heir this, the test the other.
            meetSockets();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                Owner owner = next(Direction.INBOUND).owner();
                assertUnknown(SHARED_SOCKET, owner);
                assertEquals(LISTENER, owner.source());
                assertEquals(0, owner.uid());
            }
        }
    }

    private static ServerSocketChannel listenTogether(int port) throws IOException {
        return ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(at(NEAR, port));
    }
}
