// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnControlGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events of flows in a network of their own, and a {@link FlowAttributor} to look at each when the test is ready. */
@ExtendWith(InOwnNetwork.class)
public abstract class AttributionFixture {
    private static final int PATIENCE_MILLIS = 30_000;
    public static final long SELF = ProcessHandle.current().pid();
    public static final String NEAR = "10.77.0.2";
    public static final String FAR = "10.77.0.1";

    protected TrackingTable tracking;

    private ConntrackSocket events;
    private long opening;
    private final Deque<Closeable> opened = new ArrayDeque<>();
    private SocketOwners sockets;
    private FlowAttributor attributor;
    public Identities identities;

    @BeforeEach
    protected void open() throws IOException {
        opening = System.nanoTime();
        events = listen(8 << 20);
        tracking = TrackingTable.add();
        Path proc = Path.of("/proc");
        BootClock clock = new BootClock(ProcFacts.bootMicros());
        ProcessTable processes = open(new ProcessTable(proc, clock, true));
        ControlGroups groups = open(new ControlGroups(OwnControlGroup.SYS));
        // /proc/net is a link to that of the process's first thread, which is in another network.
        PingSockets pings = open(new PingSockets(Path.of("/proc/thread-self")));
        identities = open(new Identities(proc, units(), Optional.of(new ProcessTable(proc, clock, false)), () -> true));
        sockets = open(new SocketOwners(
                Configuration.DEFAULT.attribution(), processes, groups, pings, LocalPorts.anonymous(proc), identities));
        attributor = open(new FlowAttributor(new LocalAddresses(), kernel(processes, groups, clock), sockets));
    }

    /** To events of this network alone, unless they say otherwise. */
    protected ConntrackSocket listen(int receiveBuffer) throws IOException {
        return ConntrackSocket.open(receiveBuffer);
    }

    /** Where systemd tells of its units; here there is none, unless a test says otherwise. */
    protected Path units() throws IOException {
        return Path.of("/nonexistent");
    }

    /** The layer that these tests do without, unless they say otherwise. */
    protected Optional<BpfOwners> kernel(ProcessTable processes, ControlGroups groups, BootClock clock)
            throws IOException {
        return Optional.empty();
    }

    protected <T extends Closeable> T open(T resource) {
        opened.push(resource);
        return resource;
    }

    @AfterEach
    protected void close() throws IOException {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        tracking.close();
        events.close();
    }

    protected FlowEvent event() throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event");
        return event;
    }

    /** From now on, flows began after this moment. */
    protected void nothingWaits() throws IOException {
        opening = System.nanoTime();
        assertNull(events.receive());
    }

    /** The sockets that are there are known now, and flows began after this moment. */
    protected void meetSockets() throws IOException {
        sockets.survey().update();
        nothingWaits();
    }

    /** The next flow, looked at at once. */
    protected AttributedFlow next(Direction direction) throws IOException {
        AttributedFlow flow = attribute(event(), 0);
        assertEquals(direction, flow.direction(), flow.toString());
        return flow;
    }

    protected AttributedFlow attribute(FlowEvent event, long oldest) throws IOException {
        AttributedFlow flow = ask(event, oldest);
        // A search in all processes of a busy machine may use up what it is allowed; that comes back with time.
        for (long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
                isLimited(flow.owner()) || isLimited(flow.peer()); ) {
            assertTrue(System.nanoTime() < end, "never allowed to search");
            flow = ask(event, oldest);
        }
        return flow;
    }

    private AttributedFlow ask(FlowEvent event, long oldest) throws IOException {
        long now = System.nanoTime();
        PendingFlow pending = attributor.begin(event, opening, now - oldest);
        Optional<AttributedFlow> flow = attributor.attribute(pending);
        while (flow.isEmpty()) {
            flow = attributor.attribute(pending);
        }
        return flow.get();
    }

    private static boolean isLimited(Owner owner) {
        return owner != null && owner.reason() == Unattributed.SEARCH_LIMIT;
    }

    protected static void assertUnknown(Unattributed reason, Owner owner) {
        assertNull(owner.process());
        assertEquals(reason, owner.reason());
    }

    /** That the owner is this process, and all that is said of it is true. */
    protected static void assertIs(long pid, OwnerSource source, Owner owner) throws IOException {
        assertNull(owner.reason());
        assertEquals(source, owner.source());
        ProcessInfo process = owner.process();
        assertEquals(pid, process.pid());
        ProcFacts facts = ProcFacts.of(pid);
        assertEquals(facts.startMicros(), process.start());
        assertEquals(facts.uid(), process.uid());
        assertEquals(facts.uid(), owner.uid());
        assertEquals(facts.gid(), process.gid());
        assertEquals(facts.comm(), process.comm().utf8());
        assertEquals(facts.exe(), process.exe().utf8());
        assertEquals(facts.commandLine(), process.commandLine().toString());
        assertEquals(facts.parent(), process.parent());
        assertTrue(
                facts.controlGroups().contains(owner.cgroup().path()),
                () -> owner.cgroup() + " " + facts.controlGroups());
    }

    protected static int port(ServerSocketChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    protected static int port(DatagramChannel server) throws IOException {
        return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }
}
