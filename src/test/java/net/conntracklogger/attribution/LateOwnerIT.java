// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.PROCESS_GONE;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;

/** Flows that are looked at too late. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class LateOwnerIT extends AttributionFixture {
    private static final long A_SECOND = 1_000_000_000;

    @Test
    void namesNobodyForAConnectionThatIsGone(OwnNetwork far) throws Throwable {
        FlowEvent event = connectAndReset(far, 40_000);
        assertUnknown(PROCESS_GONE, attribute(event, 0).owner());
    }

    @Test
    void namesNobodyForAConnectionThatWaitsForItsEnd(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                SocketChannel client = SocketChannel.open(server.getLocalAddress());
                SocketChannel accepted = server.accept()) {
            client.close();
            accepted.close(); // The client's end stays as TIME_WAIT, which no process has.
            assertUnknown(PROCESS_GONE, next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void neverNamesWhoListensOnTheSameSourcePort(OwnNetwork far) throws Throwable {
        FlowEvent event = connectAndReset(far, 40_000);
        try (ServerSocketChannel other = ServerSocketChannel.open().bind(at("0.0.0.0", 40_000))) {
            assertUnknown(PROCESS_GONE, attribute(event, 0).owner());
        }
    }

    @Test
    void neverNamesWhoHasTheSourcePortForAnotherPeer(OwnNetwork far) throws Throwable {
        try (DatagramChannel socket = DatagramChannel.open().bind(at(NEAR, 40_000))) {
            send(socket, at(FAR, 9));
        }
        FlowEvent event = event();
        assertUnknown(PROCESS_GONE, attribute(event, 0).owner());
        try (DatagramChannel other = DatagramChannel.open().bind(at(NEAR, 40_000))) {
            other.connect(at(FAR, 10));
            assertUnknown(PROCESS_GONE, attribute(event, 0).owner());
        }
        try (DatagramChannel other = DatagramChannel.open().bind(at(NEAR, 40_000))) {
            assertUnknown(LATE, attribute(event, A_SECOND).owner());
        }
    }

    @Test
    void believesTheSocketOfAFlowHoweverLate(OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at(FAR, 9));
            send(socket, at(FAR, 9));
            assertIs(SELF, SOCK_DIAG, attribute(event(), A_SECOND).owner());
        }
    }

    /** Leaves no socket behind, not even one that waits for its end. */
    private FlowEvent connectAndReset(OwnNetwork far, int port) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                SocketChannel client = SocketChannel.open().bind(at(NEAR, port))) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.connect(server.getLocalAddress());
        }
        return event();
    }
}
