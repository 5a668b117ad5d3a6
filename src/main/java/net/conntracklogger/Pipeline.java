// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import net.conntracklogger.capture.ExistingFlows;
import net.conntracklogger.capture.FlowNaming;
import net.conntracklogger.capture.FlowReader;
import net.conntracklogger.capture.LoggedFlows;
import net.conntracklogger.capture.OpenFlows;
import net.conntracklogger.capture.UnseenEnds;
import net.conntracklogger.concurrent.StageThread;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.Namespaces;
import net.conntracklogger.config.Tracking;
import net.conntracklogger.delivery.FlowWriter;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.health.TrackingWatch;
import net.conntracklogger.netfilter.ConntrackLookup;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.ConntrackSysctls;
import net.conntracklogger.netfilter.ConntrackTable;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.resolved.AddressNames;
import net.conntracklogger.resolved.NameReader;
import net.conntracklogger.rtnetlink.NetworkNamespaces;

/**
 * Wires the stages and owns what they use. From the end of {@link #open} on, no event passes by unseen: the socket is
 * joined before tracking is switched on.
 */
final class Pipeline implements Closeable {
    /** Of the heap (jvm.options), what may wait in the queue. */
    private static final double QUEUE_SHARE = 0.15;

    /** Of the heap, what open flows may take where their ends are logged. */
    private static final double OPEN_FLOWS_SHARE = 0.5;

    private static final List<String> OFF = List.of("0");
    /** Events of flows that begin while somebody listens: later ends of others would be missing. */
    private static final List<String> OFF_OR_AUTO = List.of("0", "2");

    private static final long NOTICE_PATIENCE = 1_000_000_000;
    private static final long NOTICE_RETRY = 5_000_000;

    private final Deque<Closeable> owned = new ArrayDeque<>();
    private final LossLedger losses = new LossLedger();
    private final ObservationQueue queue;
    private final FlowWriter writer;
    private final StageThread writerThread;
    private FlowReader reader;
    private StageThread readerThread;
    private final AddressNames names = new AddressNames();
    private NameReader nameReader;
    private FlowNaming naming;
    private StageThread nameThread;
    private Optional<TrackingWatch> watch = Optional.empty();
    private final OpenFlows open;
    private AttributionLayers attribution;
    private StageThread unitThread;

    private Pipeline(Configuration configuration, EntryWriter output, Consumer<Throwable> failed) {
        queue = new ObservationQueue(configuration.queue(), heap(QUEUE_SHARE));
        open = new OpenFlows(configuration.openFlows(), heap(OPEN_FLOWS_SHARE));
        writer = new FlowWriter(queue, losses, output);
        writerThread = new StageThread("flow-writer", writer, failed);
    }

    private static long heap(double share) {
        return (long) (Runtime.getRuntime().maxMemory() * share);
    }

    /**
     * Opens everything and starts the threads.
     *
     * @param lookInterval how often to look for ends that no event tells: {@link UnseenEnds#INTERVAL}
     * @param failed told when a thread ended by a failure
     */
    static Pipeline open(
            Configuration configuration,
            SystemRoots roots,
            EntryWriter output,
            long lookInterval,
            Consumer<Throwable> failed)
            throws IOException {
        Pipeline pipeline = new Pipeline(configuration, output, failed);
        try {
            pipeline.start(configuration, roots, lookInterval, failed);
            return pipeline;
        } catch (IOException | RuntimeException | Error e) {
            pipeline.close();
            throw e;
        }
    }

    private void start(Configuration configuration, SystemRoots roots, long lookInterval, Consumer<Throwable> failed)
            throws IOException {
        writerThread.start();
        boolean ends = configuration.events().contains(FlowEvent.Kind.END);
        long opened = System.nanoTime();
        ConntrackSocket events =
                own(ConntrackSocket.open(configuration.receiveBuffer(), ends, namespaces(configuration, roots)));
        setSysctls(own(new ConntrackSysctls(roots.conntrackSysctls())), ends);
        attribution = own(AttributionLayers.open(configuration, roots, () -> !queue.isBusy(), this::note));
        Optional<UnseenEnds> unseen =
                ends ? Optional.of(own(new UnseenEnds(open, ConntrackLookup.open(), lookInterval))) : Optional.empty();
        ExistingFlows existing = own(new ExistingFlows(ConntrackTable.open()));
        LoggedFlows logged = new LoggedFlows(configuration.events(), open, queue, losses);
        nameReader = new NameReader(roots.resolvedRelay(), roots.resolvedMonitor(), names, this::note);
        nameThread = new StageThread("name-reader", nameReader, failed);
        naming = new FlowNaming(names, nameReader::subscribed, System::nanoTime);
        reader = new FlowReader(
                events,
                opened,
                attribution.attributor(),
                configuration,
                existing,
                logged,
                naming,
                queue,
                losses,
                unseen);
        readerThread = new StageThread("flow-reader", reader, failed);
        if (configuration.tracking() == Tracking.AUTO) {
            TrackingTable table = own(TrackingTable.add());
            note(new Notice(
                    Notice.Kind.TRACKING_KEPT_ON,
                    "connection tracking is kept on by the nft table inet " + table.name()
                            + ", which is in no packet's path and goes when this service stops"));
        } else {
            watch = Optional.of(new TrackingWatch());
        }
        unitThread = new StageThread("unit-watch", attribution.unitWatch(), failed);
        unitThread.start();
        readerThread.start();
        nameThread.start();
    }

    private Optional<NetworkNamespaces> namespaces(Configuration configuration, SystemRoots roots) throws IOException {
        return configuration.namespaces() == Namespaces.HOST
                ? Optional.empty()
                : Optional.of(own(new NetworkNamespaces(roots.networkNamespaces(), roots.proc())));
    }

    /** What the kernel has to be told so that it tells what is to be logged. */
    private void setSysctls(ConntrackSysctls sysctls, boolean ends) {
        sysctls.switchOn(ConntrackSysctls.EVENTS, ends ? OFF_OR_AUTO : OFF);
        if (ends) {
            sysctls.switchOn(ConntrackSysctls.ACCOUNTING, OFF);
            sysctls.switchOn(ConntrackSysctls.TIMESTAMP, OFF);
        }
        if (!sysctls.changes().isEmpty()) {
            note(new Notice(
                    Notice.Kind.CONNTRACK_SYSCTLS_SET,
                    "until the service stops the kernel tells what is to be logged: net.netfilter."
                            + String.join(", net.netfilter.", sysctls.changes())));
        }
        if (!sysctls.failures().isEmpty()) {
            note(new Notice(
                    Notice.Kind.CONNTRACK_SYSCTLS_REFUSED,
                    "entries may be incomplete, as the kernel cannot be told to tell all that is to be logged: "
                            + String.join("; ", sysctls.failures())));
        }
    }

    private <T extends Closeable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** Looks after tracking and attribution; call it about once a second. */
    void tick() {
        watch.flatMap(it -> it.look(reader.begunHere())).ifPresent(this::note);
        attribution.look();
    }

    /** Waits a moment where the queue is full: there are few notices, and each matters. Any thread may call it. */
    private void note(Notice notice) {
        long end = System.nanoTime() + NOTICE_PATIENCE;
        while (!queue.offer(notice)) {
            if (System.nanoTime() > end) {
                losses.add(Loss.Place.QUEUE, 1);
                return;
            }
            LockSupport.parkNanos(NOTICE_RETRY);
        }
    }

    /** One line that says how it goes. */
    String status() {
        long openForgotten = open.forgotten();
        String status = "%d flows seen, %d with their process, %d entries written, %d lost"
                .formatted(reader.flows(), reader.attributed(), writer.written(), losses.total());
        status += attribution.status();
        status += openForgotten == 0 ? "" : "; %d open flows forgotten".formatted(openForgotten);
        return status + nameStatus();
    }

    private String nameStatus() {
        String status = nameReader.subscribed() ? "; names of %d addresses".formatted(names.size()) : "";
        long malformed = nameReader.malformed();
        long hurried = naming.hurried();
        status += malformed == 0 ? "" : ", %d messages not understood".formatted(malformed);
        return status + (hurried == 0 ? "" : "; %d flows that did not wait for their names".formatted(hurried));
    }

    /** Numbers that all grow as long as the loops get on. */
    long[] rounds() {
        return new long[] {readerThread.rounds(), writerThread.rounds()};
    }

    /** Ends the reader, then the writer once it has written what was queued, then closes the rest. */
    @Override
    public void close() throws IOException {
        if (readerThread != null) {
            readerThread.end();
            attribution.finish();
        }
        if (nameThread != null) {
            nameThread.end();
        }
        writerThread.end();
        if (unitThread != null) {
            unitThread.end();
        }
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }
}
