// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.attribution.AttributionFixture;
import net.conntracklogger.attribution.BpfOwners;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.Heir;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets that were there before anybody asked, of real processes. */
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
final class SocketSnapshotIT extends AttributionFixture {
    /** Of the test's network, where no socket has asked for it. */
    private static final int CHOSEN = 5353;

    private BpfOwners owners;
    private SocketSnapshot taken;

    @Override
    protected Optional<BpfOwners> kernel(ProcessTable processes, ControlGroups groups, BootClock clock)
            throws IOException {
        Path proc = Path.of("/proc");
        Path object = Path.of("target", "flow_owner.bpf.o");
        owners = open(BpfOwners.load(
                proc,
                object,
                new MapSizes(4096, 1024),
                processes,
                groups,
                clock,
                identities,
                /* commandLines= */ true));
        return Optional.empty();
    }

    @AfterEach
    void release() {
        if (taken != null) {
            taken.close();
        }
    }

    private SocketSnapshot snapshot() throws IOException {
        release();
        taken = owners.snapshot().orElseThrow();
        assertEquals(0, taken.dropped());
        return taken;
    }

    // ---- connections

    @ParameterizedTest
    @ValueSource(strings = {NEAR, "fd00:10:77::2", "::ffff:10.77.0.2"})
    void knowsBothEndsOfAConnection(String address, OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(address, 0));
                SocketChannel client = far.call(() -> SocketChannel.open(server.getLocalAddress()));
                SocketChannel accepted = server.accept()) {
            FlowTuple flow = tuple(Protocol.TCP, client.getLocalAddress(), client.getRemoteAddress());
            SocketSnapshot sockets = snapshot();
            assertIs(SELF, BPF, sockets.acceptor(flow, /* here= */ true));
            // The far end is a socket of this process too, in another namespace.
            assertIs(SELF, BPF, sockets.initiator(flow, /* here= */ false));
            assertNull(sockets.initiator(flow, true));
            assertNull(sockets.acceptor(flow, false));
        }
    }

    @Test
    void namesNobodyWhereTheConnectionIsGone(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("::", 0))) {
            FlowTuple flow = tuple(Protocol.TCP, at(FAR, 40_000), at(NEAR, port(server)));
            assertNull(snapshot().acceptor(flow, true), "who listens now need not have accepted it");
            assertNull(
                    taken.initiator(flow.reversed(), true), "who listens on a port did not begin a connection from it");
        }
    }

    @Test
    void namesNobodyForAConnectionThatTwoHold(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 80)));
                NativeSocket client =
                        NativeSocket.bound(at(NEAR, 40_000), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP)) {
            client.connect(at(FAR, 80));
            FlowTuple flow = tuple(Protocol.TCP, at(NEAR, 40_000), at(FAR, 80));
            assertIs(SELF, BPF, snapshot().initiator(flow, true));
            try (Heir heir = Heir.start()) {
                Owner owner = snapshot().initiator(flow, true);
                assertUnknown(SHARED_SOCKET, owner);
                assertEquals(0, owner.uid());
                assertNotNull(owner.cgroup());
                client.close();
                assertIs(heir.pid(), BPF, snapshot().initiator(flow, true));
            }
        }
    }

    /** However few descriptors there is room for: who is seen to hold the socket need not be the only one. */
    @Test
    void namesNobodyWhereItHasNoRoomForAllHolders(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 80)));
                NativeSocket client =
                        NativeSocket.bound(at(NEAR, 40_000), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
                NativeSocket bound = NativeSocket.bound(at(NEAR, CHOSEN), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP)) {
            client.connect(at(FAR, 80));
            try (Heir heir = Heir.start()) {
                FlowTuple connection = tuple(Protocol.TCP, at(NEAR, 40_000), at(FAR, 80));
                FlowTuple sent = tuple(Protocol.UDP, at(NEAR, CHOSEN), at(FAR, 53));
                assertUnknown(SHARED_SOCKET, snapshot().initiator(connection, true));
                assertUnknown(SHARED_SOCKET, taken.initiator(sent, true));
                int all = (int) leftOut(0);
                for (int room = 0; room < all; room += room < all - 40 ? 20 : 1) {
                    assertTrue(leftOut(room) >= all - room - 50, "of " + all + " there is room for " + room);
                    assertNamesNobody(taken.initiator(connection, true));
                    assertNamesNobody(taken.initiator(sent, true));
                }
                assertTrue(owners.socketsDropped() >= all);
            }
        }
    }

    private static void assertNamesNobody(Owner owner) {
        assertTrue(owner == null || owner.process() == null, () -> "named " + owner);
    }

    private long leftOut(int largest) throws IOException {
        release();
        taken = owners.snapshot(largest).orElseThrow();
        return taken.dropped();
    }

    @Test
    void knowsNothingOfSocketsThatAreNotThere(OwnNetwork far) throws Throwable {
        FlowTuple flow = tuple(Protocol.TCP, at(NEAR, 40_000), at(FAR, 80));
        assertNull(snapshot().initiator(flow, true));
        assertNull(taken.acceptor(flow.reversed(), true));
    }

    // ---- datagrams

    @Test
    void knowsWhoseDatagramsGoToOnePeer(OwnNetwork far) throws Throwable {
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at(FAR, 53));
            FlowTuple flow = tuple(Protocol.UDP, socket.getLocalAddress(), at(FAR, 53));
            assertIs(SELF, BPF, snapshot().initiator(flow, true));
            FlowTuple other = tuple(Protocol.UDP, socket.getLocalAddress(), at(FAR, 54));
            assertNull(taken.initiator(other, true), "a connected socket has no other peer");
        }
    }

    @ParameterizedTest
    @CsvSource({"INET, 0.0.0.0", "INET, 10.77.0.2", ", ::", ", ::ffff:10.77.0.2"})
    void believesAPortThatWasAskedFor(StandardProtocolFamily family, String bound, OwnNetwork far) throws Throwable {
        try (DatagramChannel socket = family == null ? DatagramChannel.open() : DatagramChannel.open(family)) {
            socket.bind(at(bound, CHOSEN));
            FlowTuple sent = tuple(Protocol.UDP, at(NEAR, CHOSEN), at(FAR, 53));
            assertIs(SELF, BPF, snapshot().initiator(sent, true));
            assertIs(SELF, LISTENER, taken.acceptor(sent.reversed(), true));
            assertNull(taken.initiator(tuple(Protocol.UDP, at(NEAR, CHOSEN + 1), at(FAR, 53)), true));
        }
    }

    /** Somebody else may have had the port a moment ago. */
    @Test
    void doesNotBelieveAPortThatTheKernelGave(OwnNetwork far) throws Throwable {
        try (DatagramChannel socket = DatagramChannel.open().bind(null)) {
            FlowTuple sent = tuple(Protocol.UDP, at(NEAR, port(socket)), at(FAR, 53));
            assertUnknown(LATE, snapshot().initiator(sent, true));
            assertIs(SELF, LISTENER, taken.acceptor(sent.reversed(), true));
        }
    }

    @Test
    void tellsTheFamiliesOfAPortApart(OwnNetwork far) throws Throwable {
        try (DatagramChannel v4 =
                        DatagramChannel.open(StandardProtocolFamily.INET).bind(at("0.0.0.0", CHOSEN));
                NativeSocket v6 =
                        NativeSocket.bound(at("fd00:10:77::2", CHOSEN), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                Heir heir = Heir.start()) {
            v6.close(); // Now the heir alone has it.
            assertIs(SELF, LISTENER, snapshot().acceptor(tuple(Protocol.UDP, at(FAR, 53), at(NEAR, CHOSEN)), true));
            InetSocketAddress near6 = at("fd00:10:77::2", CHOSEN);
            assertIs(heir.pid(), LISTENER, taken.acceptor(tuple(Protocol.UDP, at("fd00:10:77::1", 53), near6), true));
        }
    }

    @Test
    void namesNobodyWhereTwoShareAPort(OwnNetwork far) throws Throwable {
        FlowTuple taken = tuple(Protocol.UDP, at(FAR, 40_000), at(NEAR, 80));
        try (DatagramChannel one = receiveTogether();
                DatagramChannel other = receiveTogether()) {
            assertIs(SELF, LISTENER, snapshot().acceptor(taken, true));
            try (NativeSocket inherited = NativeSocket.bound(at(NEAR, 81), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                    Heir first = Heir.start();
                    Heir second = Heir.start()) {
                inherited.close();
                Owner owner = snapshot().acceptor(tuple(Protocol.UDP, at(FAR, 40_000), at(NEAR, 81)), true);
                assertUnknown(SHARED_SOCKET, owner);
                assertEquals(LISTENER, owner.source());
            }
        }
    }

    private static DatagramChannel receiveTogether() throws IOException {
        return DatagramChannel.open()
                .setOption(StandardSocketOptions.SO_REUSEPORT, true)
                .bind(at(NEAR, 80));
    }

    private static FlowTuple tuple(Protocol protocol, SocketAddress from, SocketAddress to) {
        InetSocketAddress source = (InetSocketAddress) from;
        InetSocketAddress destination = (InetSocketAddress) to;
        Layer4 ports = new Layer4.Ports(/* source= */ source.getPort(), /* destination= */ destination.getPort());
        return new FlowTuple(address(source.getAddress()), address(destination.getAddress()), protocol, ports);
    }

    private static IpAddress address(InetAddress address) {
        byte[] bytes = address.getAddress();
        return IpAddress.read(java.nio.ByteBuffer.wrap(bytes), 0, bytes.length == 16);
    }
}
