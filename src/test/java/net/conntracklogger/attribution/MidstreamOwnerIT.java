// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.flow.Unattributed.MIDSTREAM;
import static net.conntracklogger.flow.Unattributed.PROCESS_GONE;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.TcpConnection;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Direction and owner of a midstream connection, of which conntrack sees a packet of either side first. */
@KernelTest
final class MidstreamOwnerIT extends MidstreamFixture {
    @Nested
    class HasADirection {
        @ParameterizedTest
        @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
        void ifThisHostConnected(Family family, boolean clientFirst, OwnNetwork far) throws Exception {
            try (TcpConnection connection = TcpConnection.open(family.far(), family.far(), null, far)) {
                SocketChannel first = clientFirst ? connection.client() : connection.server();
                assertOwner(seenFrom(first, connection, OUTBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        @ParameterizedTest
        @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
        void ifThisHostAccepted(Family family, boolean clientFirst, OwnNetwork far) throws Exception {
            try (TcpConnection connection = TcpConnection.open(family.near(), family.near(), far, null)) {
                SocketChannel first = clientFirst ? connection.client() : connection.server();
                assertOwner(seenFrom(first, connection, INBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        @Test
        void ifAnIpv6SocketAcceptedAnIpv4Connection(OwnNetwork far) throws Exception {
            try (TcpConnection connection = TcpConnection.open("::", NEAR, far, null)) {
                assertOwner(seenFrom(connection.server(), connection, INBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        @ParameterizedTest
        @CsvSource({"IPV4, true", "IPV4, false", "IPV6, true", "IPV6, false"})
        void ifBothSidesAreOnThisHost(Family family, boolean clientFirst) throws Exception {
            try (TcpConnection connection = TcpConnection.open(family.loopback(), family.loopback(), null, null)) {
                SocketChannel first = clientFirst ? connection.client() : connection.server();
                AttributedFlow flow = seenFrom(first, connection, LOCAL);
                assertOwner(flow).isThisProcess().by(SOCK_DIAG);
                assertPeer(flow).isThisProcess().by(SOCK_DIAG);
            }
        }

        @Test
        void ifTheOtherSideHasClosed(OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                connection.server().shutdownOutput();
                connection.client().read(ByteBuffer.allocate(1));
                assertOwner(seenFrom(connection.client(), connection, OUTBOUND))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        @Test
        void ifTheHostForwardsIt(OwnNetwork far) throws Exception {
            Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
            try (OwnNetwork third = OwnNetwork.create()) {
                third.link("third");
                Child.ip("address add 192.0.2.1/24 dev third", "link set third up");
                third.call(() -> Child.ip(
                        "address add 192.0.2.2/24 dev third", "link set third up", "route add default via 192.0.2.1"));
                far.call(() -> Child.ip("route add 192.0.2.0/24 via " + NEAR));
                try (TcpConnection connection = TcpConnection.open("192.0.2.2", "192.0.2.2", far, third)) {
                    assertOwner(seenFrom(connection.server(), connection, FORWARDED))
                            .isUnknown(Unattributed.FORWARDED);
                }
            }
        }
    }

    @Nested
    class HasNoDirection {
        @Test
        void ifThisSideHasClosed(OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                connection.client().shutdownOutput();
                connection.server().read(ByteBuffer.allocate(1));
                assertOwner(seenFrom(connection.server(), connection, null))
                        .isThisProcess()
                        .by(SOCK_DIAG);
            }
        }

        /** The conntrack table keeps the connection for a while, with the tuples that conntrack gave it. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void onceTheSocketIsGone(boolean clientFirst, OwnNetwork far) throws Exception {
            try (TcpConnection connection = toFar(far)) {
                bed.track();
                connection.exchange(clientFirst ? connection.client() : connection.server(), 1);
                connection.client().setOption(StandardSocketOptions.SO_LINGER, 0);
                connection.client().close();
                AttributedFlow flow = bed.attribute(inTable());
                assertFlow(flow).isMidstream().runs(null);
                assertEquals(
                        clientFirst ? connection.original() : connection.reply(),
                        flow.event().original().toString());
                assertOwner(flow).isUnknown(PROCESS_GONE);
            }
        }

        @Test
        void onceBothSocketsAreGone() throws Exception {
            try (TcpConnection connection = TcpConnection.open("127.0.0.1", "127.0.0.1", null, null)) {
                bed.track();
                connection.exchange(connection.client(), 1);
                connection.client().setOption(StandardSocketOptions.SO_LINGER, 0);
                connection.client().close();
                connection.server().close();
                AttributedFlow flow = bed.attribute(inTable());
                assertFlow(flow).isMidstream().runs(null);
                assertOwner(flow).isUnknown(MIDSTREAM);
            }
        }
    }

    /** The counters of a busy socket may not decide, but they never decide wrongly. */
    @Test
    void isNeverWrongWhileTheServerSendsWithoutPause(OwnNetwork far) throws Exception {
        try (TcpConnection connection = fromFar(far)) {
            Thread reader = connection.receive();
            Thread writer = connection.sendForEver();
            for (int i = 0; i < 50; i++) {
                bed.track();
                AttributedFlow flow = bed.attribute(bed.event());
                assertTrue(flow.direction() == null || flow.direction() == INBOUND, flow.toString());
                bed.stopTracking();
                Child.run("conntrack", "-F");
                bed.assertQuiet();
            }
            connection.server().close();
            writer.join();
            reader.join();
        }
    }
}
