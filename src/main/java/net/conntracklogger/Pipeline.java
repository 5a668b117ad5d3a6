// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import net.conntracklogger.attribution.BootClock;
import net.conntracklogger.attribution.ControlGroups;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.LocalAddresses;
import net.conntracklogger.attribution.PingSockets;
import net.conntracklogger.attribution.ProcessTable;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.Tracking;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.TrackingTable;

/**
 * Wires the stages and owns what they use. From the end of {@link #open} on, no event passes by unseen: the socket is
 * joined before tracking is switched on.
 */
final class Pipeline implements Closeable {
    /** Of the heap, what may wait in the queue. */
    private static final double QUEUE_SHARE = 0.5;

    private final Deque<Closeable> owned = new ArrayDeque<>();
    private final LossLedger losses = new LossLedger();
    private final ObservationQueue queue;
    private final FlowReader reader;
    private final FlowWriter writer;
    private final StageThread readerThread;
    private final StageThread writerThread;
    private final Optional<TrackingWatch> watch;

    private Pipeline(Configuration configuration, SystemRoots roots, EntryWriter output, Consumer<Throwable> failed)
            throws IOException {
        queue = new ObservationQueue(
                configuration.queue(), (long) (Runtime.getRuntime().maxMemory() * QUEUE_SHARE));
        ConntrackSocket events = own(ConntrackSocket.open(configuration.receiveBuffer()));
        BootClock clock = BootClock.of(roots.proc(), roots.bootNote());
        FlowAttributor attributor = own(new FlowAttributor(
                new LocalAddresses(),
                new ProcessTable(roots.proc(), clock, configuration.commandLine()),
                new ControlGroups(roots.cgroup()),
                new PingSockets(roots.proc())));
        reader = new FlowReader(events, attributor, configuration, queue, losses);
        writer = new FlowWriter(queue, losses, output);
        readerThread = new StageThread("flow-reader", reader, failed);
        writerThread = new StageThread("flow-writer", writer, failed);
        watch = configuration.tracking() == Tracking.EXTERNAL ? Optional.of(new TrackingWatch()) : Optional.empty();
        if (configuration.tracking() == Tracking.AUTO) {
            TrackingTable table = own(TrackingTable.add());
            note(new Notice(
                    Notice.Kind.TRACKING_KEPT_ON,
                    "connection tracking is kept on by the nft table inet " + table.name()
                            + ", which is in no packet's path and goes when this service stops"));
        }
    }

    /**
     * Opens everything and starts the threads.
     *
     * @param failed told when a thread ended by a failure
     */
    static Pipeline open(Configuration configuration, SystemRoots roots, EntryWriter output, Consumer<Throwable> failed)
            throws IOException {
        Pipeline pipeline = new Pipeline(configuration, roots, output, failed);
        pipeline.writerThread.start();
        pipeline.readerThread.start();
        return pipeline;
    }

    private <T extends Closeable> T own(T resource) {
        owned.push(resource);
        return resource;
    }

    /** Looks after tracking; call it about once a second. */
    void tick() {
        watch.flatMap(it -> it.look(reader.received())).ifPresent(this::note);
    }

    private void note(Notice notice) {
        if (!queue.offer(notice)) {
            losses.add(Loss.Place.QUEUE, 1);
        }
    }

    /** One line that says how it goes. */
    String status() {
        return "%d flows seen, %d entries written, %d lost"
                .formatted(reader.received(), writer.written(), losses.total());
    }

    /** Numbers that all grow as long as the loops get on. */
    long[] rounds() {
        return new long[] {readerThread.rounds(), writerThread.rounds()};
    }

    /** Ends the reader, then the writer once it has written what was queued, then closes the rest. */
    @Override
    public void close() throws IOException {
        readerThread.end();
        writerThread.end();
        while (!owned.isEmpty()) {
            owned.pop().close();
        }
    }
}
