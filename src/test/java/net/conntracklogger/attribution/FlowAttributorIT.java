// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.NoProcess.FORWARDED;
import static net.conntracklogger.flow.NoProcess.KERNEL;
import static net.conntracklogger.flow.NoProcess.LATE;
import static net.conntracklogger.flow.NoProcess.MIDSTREAM;
import static net.conntracklogger.flow.NoProcess.NO_LISTENER;
import static net.conntracklogger.flow.NoProcess.PROCESS_GONE;
import static net.conntracklogger.flow.NoProcess.SHARED_SOCKET;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.PROC;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.NoProcess;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Heir;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows of sockets that are in a known state when their event is looked at. */
@ExtendWith(InOwnNetwork.class)
@SuppressWarnings("try") // That sockets are held open, and until when, is the point.
class FlowAttributorIT {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final long A_SECOND = 1_000_000_000;
    private static final long SELF = ProcessHandle.current().pid();
    private static final String NEAR = "10.77.0.2";
    private static final String FAR = "10.77.0.1";

    private ConntrackSocket events;
    private TrackingTable tracking;
    private FlowAttributor attributor;

    @BeforeEach
    void open() throws IOException {
        events = ConntrackSocket.open(8 << 20);
        tracking = TrackingTable.add();

        Path proc = Path.of("/proc");
        attributor = new FlowAttributor(
                new LocalAddresses(),
                new ProcessTable(proc, BootClock.of(proc, null), true),
                new ControlGroups(OwnControlGroup.SYS),
                // /proc/net is a link to that of the process's first thread, which is in another network.
                new PingSockets(Path.of("/proc/thread-self")));
    }

    @AfterEach
    void close() {
        attributor.close();
        tracking.close();
        events.close();
    }

    // ---- outbound

    /** A socket of Java's without a family is an IPv6 one, which sees IPv4 peers as {@code ::ffff:a.b.c.d}. */
    @ParameterizedTest
    @CsvSource({"INET, 10.77.0.1", ", 10.77.0.1", ", fd00:10:77::1"})
    void findsWhoConnects(StandardProtocolFamily family, String host, OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(host, 0)));
                SocketChannel client = family == null ? SocketChannel.open() : SocketChannel.open(family)) {
            client.connect(server.getLocalAddress());
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INET, 10.77.0.1, true", ", 10.77.0.1, true", ", fd00:10:77::1, true",
        "INET, 10.77.0.1, false", ", 10.77.0.1, false", ", fd00:10:77::1, false"
    })
    void findsWhoSendsDatagrams(StandardProtocolFamily family, String host, boolean connected, OwnNetwork far)
            throws IOException {
        try (DatagramChannel socket = family == null ? DatagramChannel.open() : DatagramChannel.open(family)) {
            if (connected) {
                socket.connect(at(host, 9));
            }
            send(socket, at(host, 9));
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.1", "fd00:10:77::2, fd00:10:77::1"})
    void findsWhoSendsUdpLite(String from, String to, OwnNetwork far) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDPLITE)) {
            socket.connect(at(to, 9));
            socket.send((byte) 0);
            assertIs(SELF, SOCK_DIAG, next(Direction.OUTBOUND).owner());
        }
    }

    @Test
    void findsTheOneSocketOfManyFlows(OwnNetwork far) throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int i = 1; i <= 20; i++) {
                send(socket, at("10.78.0." + i, 9));
            }
            for (int i = 1; i <= 20; i++) {
                AttributedFlow flow = next(Direction.OUTBOUND);
                assertEquals(
                        "10.78.0." + i, flow.event().original().destination().toString());
                assertIs(SELF, SOCK_DIAG, flow.owner());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.1, 1, 8", "fd00:10:77::2, fd00:10:77::1, 58, 128"})
    void findsWhoPings(String from, String to, int protocol, int echo, OwnNetwork far) throws IOException {
        try (NativeSocket socket = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, protocol);
                NativeSocket other = NativeSocket.bound(at(from, 0), LibC.SOCK_DGRAM, protocol)) {
            socket.connect(at(to, 0));
            socket.send(new byte[] {(byte) echo, 0, 0, 0, 0, 0, 0, 0});
            AttributedFlow flow = next(Direction.OUTBOUND);
            assertIs(SELF, PROC, flow.owner());
            socket.close();
            assertUnknown(PROCESS_GONE, attribute(flow.event(), 0).owner());
        }
    }

    @Test
    void findsTheProcessInItsControlGroup(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup group = OwnControlGroup.create("client-");
                Child client = connectWhenTold(port(server), "")) {
            group.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            Owner owner = next(Direction.OUTBOUND).owner();
            assertIs(client.pid(), SOCK_DIAG, owner);
            assertEquals(group.path(), owner.cgroup().path());
            assertEquals(65534, owner.uid());
        }
    }

    @Test
    void findsAProcessThatLeftItsSocketsControlGroup(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup before = OwnControlGroup.create("before-");
                OwnControlGroup after = OwnControlGroup.create("after-");
                Child client = connectWhenTold(port(server), "")) {
            before.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            after.add(client.pid());
            Owner owner = next(Direction.OUTBOUND).owner();
            assertIs(client.pid(), SOCK_DIAG, owner);
            assertEquals(after.path(), owner.cgroup().path());
        }
    }

    @Test
    void namesNobodyWhereTwoCouldHaveSent(OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                OwnControlGroup group = OwnControlGroup.create("shared-");
                Child client = connectWhenTold(port(server), "sleep 60 &")) {
            group.add(client.pid());
            client.say("now\n");
            client.output().next("connected"::equals);
            Owner owner = next(Direction.OUTBOUND).owner();
            assertUnknown(SHARED_SOCKET, owner);
            assertEquals(SOCK_DIAG, owner.source());
            assertEquals(65534, owner.uid());
            assertEquals(group.path(), owner.cgroup().path());
        }
    }

    /** Connects to a port of the far end as user nobody when it reads a line, and holds the connection. */
    private static Child connectWhenTold(int port, String afterwards) throws IOException {
        String script = "read; exec 3<>/dev/tcp/%s/%d; %s echo connected; read".formatted(FAR, port, afterwards);
        return Child.start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script);
    }

    // ---- inbound

    @ParameterizedTest
    @CsvSource({"10.77.0.2, 10.77.0.2", "::, 10.77.0.2", "::, fd00:10:77::2", "fd00:10:77::2, fd00:10:77::2"})
    void findsWhoListensAndWhoAccepted(String bound, String host, OwnNetwork far) throws Throwable {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(bound, 0));
                SocketChannel client = far.call(() -> SocketChannel.open(at(host, port(server))))) {
            AttributedFlow flow = next(Direction.INBOUND);
            assertIs(SELF, LISTENER, flow.owner());
            assertNull(flow.peer());
            try (SocketChannel accepted = server.accept()) {
                assertEquals(client.getLocalAddress(), accepted.getRemoteAddress());
                assertIs(SELF, SOCK_DIAG, attribute(flow.event(), 0).owner());
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

    // ---- local and forwarded

    @Test
    void findsBothEndsOfALocalFlow() throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                Child client = Child.start(
                        "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + port(server) + "; echo connected; read")) {
            client.output().next("connected"::equals);
            AttributedFlow flow = next(Direction.LOCAL);
            assertIs(client.pid(), SOCK_DIAG, flow.owner());
            assertIs(SELF, LISTENER, flow.peer());
            try (SocketChannel accepted = server.accept()) {
                assertIs(SELF, SOCK_DIAG, attribute(flow.event(), 0).peer());
            }
        }
    }

    @Test
    void findsBothEndsOfALocalDatagram() throws Exception {
        try (DatagramChannel server = DatagramChannel.open().bind(at("::1", 0));
                Child client = Child.start(
                        "bash", "-c", "exec 3<>/dev/udp/::1/" + port(server) + "; echo >&3; echo sent; read")) {
            client.output().next("sent"::equals);
            AttributedFlow flow = next(Direction.LOCAL);
            assertIs(client.pid(), SOCK_DIAG, flow.owner());
            assertIs(SELF, LISTENER, flow.peer());
        }
    }

    @Test
    void namesNobodyForWhatItForwards(OwnNetwork far) throws Throwable {
        Child.run("sysctl", "-qw", "net.ipv4.ip_forward=1");
        try (DatagramChannel client = far.call(DatagramChannel::open)) {
            far.call(() -> Child.run("ip", "route", "add", "192.0.2.0/24", "via", NEAR));
            send(client, at("192.0.2.1", 9));
            assertUnknown(FORWARDED, next(Direction.FORWARDED).owner());
        }
    }

    // ---- translated

    @Test
    void findsTheSenderOfWhatIsSentElsewhere(OwnNetwork far) throws Exception {
        Child.nft("""
                table ip nat {
                    chain output {
                        type nat hook output priority -100
                        ip daddr 198.51.100.7 udp dport 53 dnat to 10.77.0.1:5353
                    }
                }
                """);
        try (DatagramChannel socket = DatagramChannel.open()) {
            socket.connect(at("198.51.100.7", 53));
            send(socket, at("198.51.100.7", 53));
            AttributedFlow flow = next(Direction.OUTBOUND);
            assertTrue(flow.event().isTranslated());
            assertIs(SELF, SOCK_DIAG, flow.owner());
        }
    }

    @Test
    void findsBothEndsOfWhatIsRedirectedToThisHost(OwnNetwork far) throws Throwable {
        Child.nft("""
                table ip nat {
                    chain output {
                        type nat hook output priority -100
                        tcp dport 80 redirect to :8080
                    }
                    chain prerouting {
                        type nat hook prerouting priority -100
                        tcp dport 80 redirect to :8080
                    }
                }
                """);
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("0.0.0.0", 8080));
                SocketChannel client = SocketChannel.open(at(FAR, 80))) {
            AttributedFlow flow = next(Direction.LOCAL);
            assertIs(SELF, SOCK_DIAG, flow.owner());
            assertIs(SELF, LISTENER, flow.peer());
            try (SocketChannel remote = far.call(() -> SocketChannel.open(at(NEAR, 80)))) {
                assertIs(SELF, LISTENER, next(Direction.INBOUND).owner());
            }
        }
    }

    // ---- too late

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

    // ---- older than tracking

    @Test
    void findsTheNearEndOfAConnectionThatIsOlderThanTracking(OwnNetwork far) throws Throwable {
        tracking.close();
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            tracking = TrackingTable.add();
            client.write(ByteBuffer.allocate(1));
            assertIs(SELF, SOCK_DIAG, next(null).owner());
        }
    }

    @Test
    void doesNotGuessWhichEndBegan() throws IOException {
        tracking.close();
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at("127.0.0.1", 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            tracking = TrackingTable.add();
            client.write(ByteBuffer.allocate(1));
            assertUnknown(MIDSTREAM, next(null).owner());
        }
    }

    // ----

    private FlowEvent event() throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event");
        return event;
    }

    /** The next flow, looked at at once. */
    private AttributedFlow next(Direction direction) throws IOException {
        AttributedFlow flow = attribute(event(), 0);
        assertEquals(direction, flow.direction(), flow.toString());
        return flow;
    }

    private AttributedFlow attribute(FlowEvent event, long oldest) throws IOException {
        AttributedFlow flow = attributor.attribute(event, oldest);
        // A search in all processes of a busy machine may use up what it is allowed; that comes back with time.
        for (long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
                isLimited(flow.owner()) || isLimited(flow.peer()); ) {
            assertTrue(System.nanoTime() < end, "never allowed to search");
            flow = attributor.attribute(event, oldest);
        }
        return flow;
    }

    private static boolean isLimited(Owner owner) {
        return owner != null && owner.reason() == NoProcess.SEARCH_LIMIT;
    }

    private static void assertUnknown(NoProcess reason, Owner owner) {
        assertNull(owner.process());
        assertEquals(reason, owner.reason());
    }

    /** That the owner is this process, and all that is said of it is true. */
    private static void assertIs(long pid, OwnerSource source, Owner owner) throws IOException {
        assertNull(owner.reason());
        assertEquals(source, owner.source());
        ProcessRecord process = owner.process();
        assertEquals(pid, process.pid());
        ProcFacts facts = ProcFacts.of(pid);
        assertEquals(facts.startMicros(), process.start());
        assertEquals(facts.uid(), process.uid());
        assertEquals(facts.uid(), owner.uid());
        assertEquals(facts.gid(), process.gid());
        assertEquals(facts.comm(), process.comm().utf8());
        assertEquals(facts.exe(), process.exe().utf8());
        assertEquals(facts.commandLine(), process.commandLine().utf8());
        assertEquals(facts.parent(), process.parent());
        assertTrue(
                facts.controlGroups().contains(owner.cgroup().path()),
                () -> owner.cgroup() + " " + facts.controlGroups());
    }

    private static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private static int port(DatagramChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
}
