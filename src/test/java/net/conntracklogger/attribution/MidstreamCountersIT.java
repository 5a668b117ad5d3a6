// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.TcpConnection;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Direction of a midstream connection by the counters of its sockets. The acknowledged bytes of the socket that connected
 * include its SYN ({@code tcp_ack()}).
 */
@KernelTest
final class MidstreamCountersIT extends MidstreamFixture {
    /** Has the far end lose every third segment of this side, so that segments are sent again. */
    private static void sendWithLosses(TcpConnection connection, SocketChannel side, OwnNetwork far) throws Exception {
        far.call(() -> Child.nft(
                "table inet lossy { chain c { type filter hook input priority 0; numgen inc mod 3 0 drop; }; }"));
        for (int i = 0; i < 4; i++) {
            connection.exchange(side, 1000);
        }
        far.call(() -> Child.nft("flush ruleset"));
        String counters = Child.run("ss", "-Htni", "state", "established");
        assertTrue(counters.contains("bytes_retrans:"), counters);
        TcpConnection.awaitQuiet(NEAR);
    }

    @Nested
    class DecideOnADirection {
        @ParameterizedTest
        @ValueSource(ints = {1, 5000, 3_000_000})
        void ifTheServerHasSentMuchAndTheListenerIsClosed(int bytes, OwnNetwork far) throws Exception {
            try (TcpConnection connection = fromFar(far)) {
                Thread reader = connection.receive();
                connection.server().write(ByteBuffer.allocate(bytes));
                TcpConnection.awaitQuiet(NEAR);
                // On a busy machine a segment may have been sent twice. Then the counters do not decide.
                String counters = Child.run("ss", "-Htni", "state", "established", "src", NEAR);
                assumeFalse(counters.contains("retrans:"), counters);
                connection.listener().close();
                assertOwner(seenFrom(connection.server(), connection, INBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
                connection.server().close();
                reader.join();
            }
        }

        /** What is in flight, and never acknowledged, counts too. */
        @Test
        void whileDataIsInFlight(OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                far.call(() -> Child.nft("table inet deaf { chain c { type filter hook input priority 0; drop; }; }"));
                connection.client().write(ByteBuffer.allocate(3000));
                assertOwner(seenFrom(connection.client(), connection, OUTBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        @Test
        void ifTheClientSentSegmentsAgain(OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                sendWithLosses(connection, connection.client(), far);
                seenFrom(connection.client(), connection, OUTBOUND);
            }
        }

        /** Segments that are sent again blur the counters, so that the listener must confirm them. */
        @Test
        void ifTheServerSentSegmentsAgainAndTheListenerIsOpen(OwnNetwork far) throws Exception {
            try (TcpConnection connection = fromFar(far)) {
                sendWithLosses(connection, connection.server(), far);
                assertOwner(seenFrom(connection.server(), connection, INBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }
    }

    @Nested
    class DecideOnNone {
        @Test
        void ifTheServerSentSegmentsAgainAndTheListenerIsClosed(OwnNetwork far) throws Exception {
            try (TcpConnection connection = fromFar(far)) {
                sendWithLosses(connection, connection.server(), far);
                connection.listener().close();
                assertOwner(seenFrom(connection.server(), connection, null))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        /** The socket counts what rules of its own host refuse as sent: by one byte a client looks like a server. */
        @Test
        void ifRulesOfThisHostRefusedASegment(OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                Child.nft(
                        "table inet refuse { chain c { type filter hook output priority 0; meta l4proto tcp drop; }; }");
                connection.client().write(ByteBuffer.allocate(1));
                Child.nft("flush ruleset");
                connection.server().read(ByteBuffer.allocate(1));
                TcpConnection.awaitQuiet(NEAR);
                assertOwner(seenFrom(connection.client(), connection, null))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }
    }
}
