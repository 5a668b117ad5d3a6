// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.sockets.PingSockets;
import net.conntracklogger.attribution.sockets.SocketOwners;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.rtnetlink.LocalAddresses;
import net.conntracklogger.rtnetlink.NetworkNamespaces;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Receives conntrack events in the network namespace of a {@link net.conntracklogger.testbed.KernelTest} and attributes
 * each when the test asks for it. Creates all objects of the program that such tests use, before each test, and closes
 * them after it, also if the test fails.
 */
public final class AttributionBed implements BeforeEachCallback {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int RECEIVE_BUFFER_BYTES = 8 << 20;
    private static final Path PROC = Path.of("/proc");
    /** In place of systemd's directory of units: the tests run without systemd. */
    private static final Path NO_UNITS = Path.of("/nonexistent");

    private static final Path PROGRAMS = Path.of("target", "flow_owner.bpf.o");

    private final boolean usesBpf;
    private boolean usesAllNamespaces;
    private int flowRecords = 4096;
    private UnaryOperator<byte[]> programs = UnaryOperator.identity();

    private final Resources resources = new Resources();
    /** In place of /run/netns. */
    private Path names;

    private ConntrackSocket events;
    private TrackingTable tracking;
    private SocketOwners sockets;
    private Optional<BpfOwners> records;
    private FlowAttributor attributor;
    /** The flows that follow began after this time of CLOCK_MONOTONIC, in nanoseconds. */
    private long notBefore;

    private AttributionBed(boolean usesBpf) {
        this.usesBpf = usesBpf;
    }

    /** Attributes flows by the sockets that exist when the event is attributed. */
    public static AttributionBed withSockets() {
        return new AttributionBed(false);
    }

    /** Attributes flows by the records of the BPF programs, and else by sockets. */
    public static AttributionBed withBpf() {
        return new AttributionBed(true);
    }

    /** Receives events also of the other network namespaces that have an id in the test's. */
    public AttributionBed ofAllNamespaces() {
        usesAllNamespaces = true;
        return this;
    }

    /** Keeps that many flow records. Other programs on this computer may open thousands of flows in a few seconds. */
    public AttributionBed withFlowRecords(int number) {
        flowRecords = number;
        return this;
    }

    /** Loads the BPF programs from an object file that this function returns for the built one. */
    public AttributionBed withPrograms(UnaryOperator<byte[]> change) {
        programs = change;
        return this;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        OwnNetwork near = InOwnNetwork.near(context);
        AutoCloseable closer = () -> run(near, resources::close);
        context.getStore(ExtensionContext.Namespace.create(AttributionBed.class))
                .put(this, closer);
        run(near, this::open);
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void run(OwnNetwork near, Step step) {
        try {
            near.call(() -> {
                step.run();
                return null;
            });
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void open() throws IOException {
        notBefore = System.nanoTime();
        names = directory("netns-");
        events = resources.add(listen());
        track();
        BootClock clock = new BootClock(ProcFacts.bootMicros());
        ProcessTable processes = resources.add(new ProcessTable(PROC, clock, CommandLines.YES));
        ControlGroups groups = resources.add(new ControlGroups(OwnControlGroup.SYS));
        // /proc/net is that of the first thread of the process, which is in another network namespace.
        PingSockets pings = resources.add(new PingSockets(Path.of("/proc/thread-self")));
        ProcessTable hashed = new ProcessTable(PROC, clock, CommandLines.NO);
        Identities identities = resources.add(new Identities(PROC, NO_UNITS, Optional.of(hashed), () -> true));
        sockets = resources.add(new SocketOwners(
                Configuration.DEFAULT.attribution(), processes, groups, pings, LocalPorts.anonymous(PROC), identities));
        records = usesBpf ? Optional.of(load(processes, groups, clock, identities)) : Optional.empty();
        attributor = resources.add(new FlowAttributor(new LocalAddresses(), records, sockets));
    }

    private ConntrackSocket listen() throws IOException {
        Optional<NetworkNamespaces> namespaces =
                usesAllNamespaces ? Optional.of(resources.add(new NetworkNamespaces(names, PROC))) : Optional.empty();
        return ConntrackSocket.open(RECEIVE_BUFFER_BYTES, /* ends= */ false, namespaces);
    }

    private BpfOwners load(ProcessTable processes, ControlGroups groups, BootClock clock, Identities identities)
            throws IOException {
        Path object = directory("programs-").resolve(PROGRAMS.getFileName());
        Files.write(object, programs.apply(Files.readAllBytes(PROGRAMS)));
        MapSizes sizes = new MapSizes(flowRecords, /* processes= */ 1024);
        Handover none = resources.add(Handover.take(Map.of(), line -> {}));
        return resources.add(BpfOwners.open(
                BpfOwners.loadPrograms(object, sizes, groups, none),
                sizes,
                LocalPorts.anonymous(PROC),
                processes,
                groups,
                clock,
                identities,
                CommandLines.YES));
    }

    private Path directory(String prefix) throws IOException {
        Path directory = Files.createTempDirectory(prefix);
        resources.add(() -> delete(directory));
        return directory;
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Closes and creates everything again, as when the service restarts. */
    public void restart() throws IOException {
        resources.close();
        open();
    }

    /** Enables tracking in the network namespace of the test, where it is enabled at first. */
    public void track() throws IOException {
        tracking = resources.add(TrackingTable.add());
    }

    /** Disables tracking in the network namespace of the test. */
    public void stopTracking() {
        tracking.close();
    }

    /** Gives a network namespace a name, as ip-netns(8) does. */
    public void name(OwnNetwork network, String name) throws Exception {
        Files.createSymbolicLink(names.resolve(name), network.file());
    }

    /** Removes the name of a network namespace. */
    public void deleteName(String name) throws IOException {
        Files.delete(names.resolve(name));
    }

    /** Returns the next event. */
    public FlowEvent event() throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event");
        return event;
    }

    /** Asserts that no event is pending. The flows that follow began after this moment. */
    public void assertQuiet() throws IOException {
        notBefore = System.nanoTime();
        assertNull(events.receive());
    }

    /** Skips the events that are pending. The flows that follow began after this moment. */
    public void skipPending() throws IOException {
        do {
            notBefore = System.nanoTime();
        } while (events.receive() != null);
    }

    /** Surveys the sockets that exist. The flows that follow began after this moment. */
    public void survey() throws IOException {
        sockets.survey().update();
        assertQuiet();
    }

    /** Attributes the next event at once. The flow must have this direction; null stands for none. */
    public AttributedFlow next(Direction direction) throws IOException {
        AttributedFlow flow = attribute(event());
        assertFlow(flow).runs(direction);
        return flow;
    }

    /** Attributes an event of a flow that may have begun just now. */
    public AttributedFlow attribute(FlowEvent event) throws IOException {
        return attribute(event, /* age= */ 0);
    }

    /** Attributes an event of a flow that began about this many nanoseconds ago. */
    public AttributedFlow attribute(FlowEvent event, long age) throws IOException {
        AttributedFlow flow = attributeOnce(event, age);
        // On a busy machine a search in all processes may exceed its budget, which recovers with time.
        long deadline = System.nanoTime() + PATIENCE_MILLIS * 1_000_000L;
        while (isLimited(flow.owner()) || isLimited(flow.peer())) {
            assertTrue(System.nanoTime() < deadline, "never allowed to search");
            flow = attributeOnce(event, age);
        }
        return flow;
    }

    /** Attributes an event, with the budget that searches have left. */
    public AttributedFlow attributeOnce(FlowEvent event, long age) throws IOException {
        return finish(begin(event, age));
    }

    /** Begins the attribution of an event of a flow that began about this many nanoseconds ago. */
    PendingFlow begin(FlowEvent event, long age) throws IOException {
        attributor.update();
        return attributor.begin(event, notBefore, System.nanoTime() - age);
    }

    /** Completes an attribution. */
    AttributedFlow finish(PendingFlow pending) throws IOException {
        Optional<AttributedFlow> flow = attributor.attribute(pending);
        while (flow.isEmpty()) {
            flow = attributor.attribute(pending);
        }
        return flow.get();
    }

    private static boolean isLimited(Owner owner) {
        return owner != null && owner.reason() == Unattributed.SEARCH_LIMIT;
    }

    /** Returns the attributor, with the layers of this bed. */
    public FlowAttributor attributor() {
        return attributor;
    }

    /** Returns the BPF layer. */
    public BpfOwners records() {
        return records.orElseThrow();
    }
}
