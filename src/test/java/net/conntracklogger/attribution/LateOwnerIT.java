// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.PROCESS_GONE;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The owner of a flow whose event is attributed late, by the sockets that exist then. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
class LateOwnerIT {
    private static final long A_SECOND_NANOS = 1_000_000_000;
    private static final int PORT = 40_000;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    @Test
    void isUnknownForAConnectionInTimeWait(OwnNetwork far) throws Exception {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept()) {
            client.close();
            accepted.close(); // The socket of the client remains in TIME_WAIT, and belongs to no process.
            assertOwner(bed.next(OUTBOUND)).isUnknown(PROCESS_GONE);
        }
    }

    @Test
    void isTheHolderOfTheConnectedSocketHoweverLate(OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at(FAR, 9));
            send(socket, at(FAR, 9));
            assertOwner(bed.attribute(bed.event(), A_SECOND_NANOS))
                    .isThisProcess()
                    .by(SOCK_DIAG);
        }
    }

    @Nested
    class OfAResetConnection {
        @Test
        void isUnknown(OwnNetwork far) throws Exception {
            assertOwner(bed.attribute(connectAndReset(far))).isUnknown(PROCESS_GONE);
        }

        @Test
        void isNeverAListenerOnTheSourcePort(OwnNetwork far) throws Exception {
            FlowEvent event = connectAndReset(far);
            try (ServerSocketChannel other = ServerSocketChannel.open().bind(at("0.0.0.0", PORT))) {
                assertOwner(bed.attribute(event)).isUnknown(PROCESS_GONE);
            }
        }

        /** Leaves no socket behind, not even one in TIME_WAIT. */
        private FlowEvent connectAndReset(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server =
                            far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                    SocketChannel client = SocketChannel.open().bind(at(NEAR, PORT))) {
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
                client.connect(server.getLocalAddress());
            }
            return bed.event();
        }
    }

    @Nested
    class OfDatagramsWhoseSocketIsClosed {
        private FlowEvent event;

        private void sendAndClose() throws IOException {
            try (DatagramChannel socket = DatagramChannel.open().bind(at(NEAR, PORT))) {
                send(socket, at(FAR, 9));
            }
            event = bed.event();
        }

        @Test
        void isUnknown(OwnNetwork far) throws IOException {
            sendAndClose();
            assertOwner(bed.attribute(event)).isUnknown(PROCESS_GONE);
        }

        @Test
        void isNeverASocketOfThePortWithAnotherPeer(OwnNetwork far) throws IOException {
            sendAndClose();
            try (DatagramChannel other = DatagramChannel.open().bind(at(NEAR, PORT))) {
                other.connect(at(FAR, 10));
                assertOwner(bed.attribute(event)).isUnknown(PROCESS_GONE);
            }
        }

        @Test
        void isNeverASocketThatWasBoundToThePortLater(OwnNetwork far) throws IOException {
            sendAndClose();
            try (DatagramChannel other = DatagramChannel.open().bind(at(NEAR, PORT))) {
                assertOwner(bed.attribute(event, A_SECOND_NANOS)).isUnknown(LATE);
            }
        }
    }
}
