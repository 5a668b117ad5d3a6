// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.FAR6;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR6;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.attribution.AttributionBed;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.SocketHolder;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A snapshot of the sockets that exist before the service starts. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
final class SocketSnapshotIT {
    /** Arguments of a snapshot: a socket of the test's network namespace, or of another. */
    private static final boolean OWN_NETNS = true;

    private static final boolean OTHER_NETNS = false;
    /** Not a port that the kernel chooses. */
    private static final int CHOSEN = 5353;

    private static final FlowTuple CONNECTION = tuple(Protocol.TCP, at(NEAR, 40_000), at(FAR, 80));
    private static final FlowTuple SENT = tuple(Protocol.UDP, at(NEAR, CHOSEN), at(FAR, 53));

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    private static FlowTuple tuple(Protocol protocol, SocketAddress from, SocketAddress to) {
        InetSocketAddress source = (InetSocketAddress) from;
        InetSocketAddress destination = (InetSocketAddress) to;
        Layer4 ports = new Layer4.Ports(/* source= */ source.getPort(), /* destination= */ destination.getPort());
        return new FlowTuple(address(source), address(destination), protocol, ports);
    }

    private static IpAddress address(InetSocketAddress socket) {
        byte[] bytes = socket.getAddress().getAddress();
        return IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == 16);
    }

    private SocketSnapshot snapshot() throws IOException {
        SocketSnapshot snapshot = bed.records().snapshot().orElseThrow();
        assertEquals(0, snapshot.dropped());
        return snapshot;
    }

    /** Returns the initiator by a new snapshot, from a socket of the test's network namespace. */
    private Owner initiator(FlowTuple tuple) throws IOException {
        try (SocketSnapshot snapshot = snapshot()) {
            return snapshot.initiator(tuple, OWN_NETNS);
        }
    }

    /** Returns the acceptor by a new snapshot, from a socket of the test's network namespace. */
    private Owner acceptor(FlowTuple tuple) throws IOException {
        try (SocketSnapshot snapshot = snapshot()) {
            return snapshot.acceptor(tuple, OWN_NETNS);
        }
    }

    private static ServerSocketChannel listen(OwnNetwork far) throws Exception {
        return far.call(() -> ServerSocketChannel.open().bind(at(FAR, 80)));
    }

    private static NativeSocket tcp() throws LinuxException {
        return NativeSocket.bound(at(NEAR, 40_000), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
    }

    private static NativeSocket udp(String address, int port) throws LinuxException {
        return NativeSocket.bound(at(address, port), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
    }

    @Nested
    class OfAConnection {
        /** The socket at the far end belongs to this process too, in another network namespace. */
        @ParameterizedTest
        @ValueSource(strings = {NEAR, NEAR6, "::ffff:" + NEAR})
        void hasBothSides(String address, OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(address, 0));
                    SocketChannel client = far.call(() -> SocketChannel.open(server.getLocalAddress()));
                    SocketChannel accepted = server.accept();
                    SocketSnapshot snapshot = snapshot()) {
                FlowTuple flow = tuple(Protocol.TCP, client.getLocalAddress(), client.getRemoteAddress());
                assertOwner(snapshot.acceptor(flow, OWN_NETNS)).isThisProcess().by(BPF);
                assertOwner(snapshot.initiator(flow, OTHER_NETNS))
                        .isThisProcess()
                        .by(BPF);
                assertNull(snapshot.initiator(flow, OWN_NETNS));
                assertNull(snapshot.acceptor(flow, OTHER_NETNS));
            }
        }

        @Test
        void hasNoOwnerOnceTheConnectionIsClosed(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("::", 0))) {
                FlowTuple flow = tuple(Protocol.TCP, at(FAR, 40_000), at(NEAR, port(server)));
                assertNull(acceptor(flow), "the present listener need not have accepted the connection");
                assertNull(initiator(flow.reversed()), "a listener is no initiator");
            }
        }

        @Test
        void hasNoOwnerWithoutASocket(OwnNetwork far) throws Exception {
            assertNull(initiator(CONNECTION));
            assertNull(acceptor(CONNECTION.reversed()));
        }

        @Test
        void hasNoProcessWhileTwoProcessesHoldTheSocket(OwnNetwork far) throws Exception {
            try (ServerSocketChannel server = listen(far);
                    NativeSocket client = tcp()) {
                client.connect(at(FAR, 80));
                assertOwner(initiator(CONNECTION)).isThisProcess().by(BPF);
                try (SocketHolder holder = SocketHolder.start()) {
                    Owner owner = initiator(CONNECTION);
                    assertOwner(owner).isUnknown(SHARED_SOCKET).hasUid(0);
                    assertNotNull(owner.cgroup());
                    client.close();
                    assertOwner(initiator(CONNECTION)).isProcess(holder.pid()).by(BPF);
                }
            }
        }
    }

    @Nested
    class OfDatagrams {
        @Test
        void hasTheConnectedSocketForItsPeerOnly(OwnNetwork far) throws Exception {
            try (DatagramChannel socket = DatagramChannel.open()) {
                socket.connect(at(FAR, 53));
                SocketAddress local = socket.getLocalAddress();
                assertOwner(initiator(tuple(Protocol.UDP, local, at(FAR, 53))))
                        .isThisProcess()
                        .by(BPF);
                assertNull(initiator(tuple(Protocol.UDP, local, at(FAR, 54))));
            }
        }

        @ParameterizedTest
        @CsvSource({"INET, 0.0.0.0", "INET, " + NEAR, ", ::", ", ::ffff:" + NEAR})
        void hasTheSocketOfAPortThatAProcessChose(StandardProtocolFamily family, String bound, OwnNetwork far)
                throws Exception {
            try (DatagramChannel socket = family == null ? DatagramChannel.open() : DatagramChannel.open(family)) {
                socket.bind(at(bound, CHOSEN));
                assertOwner(initiator(SENT)).isThisProcess().by(BPF);
                assertOwner(acceptor(SENT.reversed())).isThisProcess().by(LISTENER);
                assertNull(initiator(tuple(Protocol.UDP, at(NEAR, CHOSEN + 1), at(FAR, 53))));
            }
        }

        /** Another process may have had the port a moment ago. */
        @Test
        void hasNoInitiatorOfAPortThatTheKernelChose(OwnNetwork far) throws Exception {
            try (DatagramChannel socket = DatagramChannel.open().bind(null)) {
                FlowTuple sent = tuple(Protocol.UDP, at(NEAR, port(socket)), at(FAR, 53));
                assertOwner(initiator(sent)).isUnknown(LATE);
                assertOwner(acceptor(sent.reversed())).isThisProcess().by(LISTENER);
            }
        }

        @Test
        void hasTheSocketOfTheFamily(OwnNetwork far) throws Exception {
            try (DatagramChannel v4 =
                            DatagramChannel.open(StandardProtocolFamily.INET).bind(at("0.0.0.0", CHOSEN));
                    NativeSocket v6 = udp(NEAR6, CHOSEN);
                    SocketHolder holder = SocketHolder.start()) {
                v6.close(); // Only the holder has the IPv6 socket now.
                FlowTuple received = tuple(Protocol.UDP, at(FAR, 53), at(NEAR, CHOSEN));
                FlowTuple received6 = tuple(Protocol.UDP, at(FAR6, 53), at(NEAR6, CHOSEN));
                assertOwner(acceptor(received)).isThisProcess().by(LISTENER);
                assertOwner(acceptor(received6)).isProcess(holder.pid()).by(LISTENER);
            }
        }

        @Test
        void hasTheProcessThatHasAllSocketsOfThePort(OwnNetwork far) throws Exception {
            try (DatagramChannel one = receiveTogether();
                    DatagramChannel other = receiveTogether()) {
                FlowTuple received = tuple(Protocol.UDP, at(FAR, 40_000), at(NEAR, 80));
                assertOwner(acceptor(received)).isThisProcess().by(LISTENER);
            }
        }

        private static DatagramChannel receiveTogether() throws IOException {
            return DatagramChannel.open()
                    .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                    .bind(at(NEAR, 80));
        }

        @Test
        void hasNoProcessIfTwoProcessesHoldTheSocket(OwnNetwork far) throws Exception {
            try (NativeSocket inherited = udp(NEAR, 81);
                    SocketHolder first = SocketHolder.start();
                    SocketHolder second = SocketHolder.start()) {
                inherited.close();
                FlowTuple received = tuple(Protocol.UDP, at(FAR, 40_000), at(NEAR, 81));
                assertOwner(acceptor(received)).isUnknown(SHARED_SOCKET).by(LISTENER);
            }
        }
    }

    /** If a snapshot has no room for all descriptors, the one that it has need not be the only one of its socket. */
    @Test
    void namesNoProcessIfItHasNoRoomForAllHolders(OwnNetwork far) throws Exception {
        try (ServerSocketChannel server = listen(far);
                NativeSocket client = tcp();
                NativeSocket bound = udp(NEAR, CHOSEN)) {
            client.connect(at(FAR, 80));
            try (SocketHolder holder = SocketHolder.start()) {
                assertOwner(initiator(CONNECTION)).isUnknown(SHARED_SOCKET);
                assertOwner(initiator(SENT)).isUnknown(SHARED_SOCKET);
                int all = (int) assertNamesNoProcess(/* room= */ 0);
                for (int room = 0; room < all; room += room < all - 40 ? 20 : 1) {
                    long leftOut = assertNamesNoProcess(room);
                    assertTrue(leftOut >= all - room - 50, "of " + all + " there is room for " + room);
                }
                assertTrue(bed.records().socketsDropped() >= all);
            }
        }
    }

    /** Returns how many descriptors the snapshot has no room for. */
    private long assertNamesNoProcess(int room) throws IOException {
        try (SocketSnapshot snapshot = bed.records().snapshot(room).orElseThrow()) {
            for (FlowTuple tuple : new FlowTuple[] {CONNECTION, SENT}) {
                Owner owner = snapshot.initiator(tuple, OWN_NETNS);
                assertTrue(owner == null || owner.process() == null, () -> "named " + owner);
            }
            return snapshot.dropped();
        }
    }
}
