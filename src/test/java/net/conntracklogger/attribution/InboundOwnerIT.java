// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.KERNEL;
import static net.conntracklogger.flow.Unattributed.NO_LISTENER;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.FAR6;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR6;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.SocketHolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The owner of an inbound flow, by the sockets that exist when the event is attributed. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class InboundOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    @ParameterizedTest
    @CsvSource({NEAR + ", " + NEAR, "::, " + NEAR, "::, " + NEAR6, NEAR6 + ", " + NEAR6})
    void isTheListenerAndOnceAcceptedTheHolderOfTheConnection(String bound, String host, OwnNetwork far)
            throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(bound, 0))) {
            bed.survey();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(host, port(server))))) {
                AttributedFlow flow = bed.next(INBOUND);
                assertOwner(flow).isThisProcess().by(LISTENER);
                assertFlow(flow).hasNoPeer();
                try (SocketChannel accepted = server.accept()) {
                    assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
                    assertOwner(bed.attribute(flow.event())).isThisProcess().by(SOCK_DIAG);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INET, " + FAR + ", " + NEAR + ", false", ", " + FAR + ", " + NEAR + ", false",
        ", " + FAR6 + ", " + NEAR6 + ", false", "INET, " + FAR + ", " + NEAR + ", true",
        ", " + FAR + ", " + NEAR + ", true", ", " + FAR6 + ", " + NEAR6 + ", true"
    })
    void isTheProcessThatReceivesDatagrams(
            StandardProtocolFamily family, String from, String to, boolean connected, OwnNetwork far) throws Exception {
        try (DatagramChannel server = family == null ? DatagramChannel.open() : DatagramChannel.open(family);
                DatagramChannel client = far.call(() -> DatagramChannel.open().bind(at(from, 0)))) {
            server.bind(at(to, 0));
            if (connected) {
                server.connect(client.getLocalAddress());
            }
            bed.survey();
            send(client, (InetSocketAddress) server.getLocalAddress());
            assertOwner(bed.next(INBOUND)).isThisProcess().by(connected ? SOCK_DIAG : LISTENER);
        }
    }

    @Test
    void isTheKernelForEchoRequests(OwnNetwork far) throws Exception {
        far.call(() -> {
            try (NativeSocket socket = NativeSocket.bound(at(FAR, 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_ICMP)) {
                socket.connect(at(NEAR, 0));
                socket.send(new byte[] {8, 0, 0, 0, 0, 0, 0, 0});
                return null;
            }
        });
        assertOwner(bed.next(INBOUND)).isUnknown(KERNEL);
    }

    @Test
    void isUnknownIfNoProcessListensOnTheTcpPort(OwnNetwork far) throws Exception {
        try (SocketChannel client = far.call(SocketChannel::open)) {
            client.configureBlocking(false);
            client.connect(at(NEAR, 9));
            assertOwner(bed.next(INBOUND)).isUnknown(NO_LISTENER);
        }
    }

    @Test
    void isUnknownIfNoProcessReceivesOnTheUdpPort(OwnNetwork far) throws Exception {
        try (DatagramChannel socket = far.call(DatagramChannel::open)) {
            send(socket, at(NEAR, 9));
            assertOwner(bed.next(INBOUND)).isUnknown(NO_LISTENER);
        }
    }

    @Test
    void isTheParentOfTheOtherHoldersOfAListener(OwnNetwork far) throws Exception {
        try (NativeSocket server =
                        NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                SocketHolder worker = SocketHolder.start()) {
            server.listen();
            bed.survey();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                FlowEvent event = bed.event();
                assertOwner(bed.attribute(event)).isThisProcess().by(LISTENER);
                server.close();
                assertOwner(bed.attribute(event)).isProcess(worker.pid()).by(LISTENER);
            }
        }
    }

    @Test
    void isUnknownIfTwoProcessesListenOnThePort(OwnNetwork far) throws Exception {
        try (ServerSocketChannel one = listenTogether(80);
                ServerSocketChannel other = listenTogether(80);
                SocketHolder holder = SocketHolder.start()) {
            one.close(); // Each process holds one socket: the holder the first, this process the second.
            bed.survey();
            try (SocketChannel client = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                assertOwner(bed.next(INBOUND))
                        .isUnknown(SHARED_SOCKET)
                        .by(LISTENER)
                        .hasUid(0);
            }
        }
    }

    private static ServerSocketChannel listenTogether(int port) throws IOException {
        return ServerSocketChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(at(NEAR, port));
    }
}
