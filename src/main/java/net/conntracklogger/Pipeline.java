// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.capture.ExistingFlows;
import net.conntracklogger.capture.FlowAttribution;
import net.conntracklogger.capture.FlowCounts;
import net.conntracklogger.capture.FlowNaming;
import net.conntracklogger.capture.FlowProgress;
import net.conntracklogger.capture.FlowReader;
import net.conntracklogger.capture.LastingFlows;
import net.conntracklogger.capture.LoggedFlows;
import net.conntracklogger.capture.OpenFlows;
import net.conntracklogger.capture.UnseenEnds;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.concurrent.RestartingStage;
import net.conntracklogger.concurrent.Stage;
import net.conntracklogger.concurrent.StageThread;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationChange;
import net.conntracklogger.config.Namespaces;
import net.conntracklogger.delivery.FlowWriter;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.health.FailureWatch;
import net.conntracklogger.health.NameWatch;
import net.conntracklogger.health.OwnerWatch;
import net.conntracklogger.health.StorageWatch;
import net.conntracklogger.names.NameReader;
import net.conntracklogger.names.NameSource;
import net.conntracklogger.netfilter.ConntrackLookup;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.tracking.ConntrackSysctls;
import net.conntracklogger.rtnetlink.NetworkNamespaces;
import net.conntracklogger.status.ArchiveRequest;
import net.conntracklogger.status.ArchivedPairs;
import net.conntracklogger.status.StatisticsCounts;
import net.conntracklogger.status.StatisticsReports;
import net.conntracklogger.status.StatusLine;
import net.conntracklogger.status.Watches;
import net.conntracklogger.summary.Summaries;
import net.conntracklogger.watch.FirstSeen;

/**
 * Wires the stages, runs their threads and owns what they use. No flow that begins after {@link #open} has returned is
 * missed, because the conntrack socket is open before tracking is enabled. Called by thread main only.
 */
final class Pipeline implements Closeable {
    /** Share of the heap (jvm.options) that the queue may take. */
    private static final double QUEUE_SHARE = 0.15;

    /** Share of the heap that open flows may take if their ends are logged. */
    private static final double OPEN_FLOWS_SHARE = 0.5;

    /** Maximum wait for the files of watch lists at start. Until then conntrack's events wait in the receive buffer. */
    private static final long LIST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Maximum wait for room in the queue for a notice, in nanoseconds. Notices are few, and each matters. */
    private static final long NOTICE_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Configuration configuration;
    private final SystemRoots roots;
    private final EntryWriter output;
    private final Consumer<Throwable> failed;

    private final Resources all = new Resources();
    private final Resources resources = all.add(new Resources());
    /** The threads. They end before the resources that they use are closed. */
    private final Resources threads = all.add(new Resources());

    private final StartNotices startNotices = new StartNotices();

    private final long started = EpochMicros.now();
    private final Handover handover;
    private final LossLedger losses;
    private final Failures failures = new Failures();
    private final FlowCounts flowCounts = new FlowCounts();
    private final ObservationQueue queue;
    private final OpenFlows open;
    private final FlowWriter writer;
    private final Watches watches = new Watches(failures, this::report);
    private StageThread writerThread;
    private Optional<NameReader> nameReader = Optional.empty();
    private FlowReader reader;
    private StageThread readerThread;
    private StatisticsReports reports;
    private LoggedFlows logged;
    private Summaries summaries;
    private final ConfiguredPolicy policy =
            resources.add(new ConfiguredPolicy(changed -> logged.reconfigure(changed), this::report));
    private Continuation continuation;
    private final Optional<ArchiveRequest> archive;
    private Optional<ArchivedPairs> archivedPairs = Optional.empty();

    private Pipeline(
            Configuration configuration,
            SystemRoots roots,
            Handover handover,
            EntryWriter output,
            PrintStream errors,
            Consumer<Throwable> failed) {
        this.configuration = configuration;
        this.roots = roots;
        this.output = output;
        this.handover = handover;
        this.failed = failed;
        losses = new LossLedger(handover.memory().losses());
        queue = new ObservationQueue(
                configuration.queue(),
                heap(QUEUE_SHARE),
                losses,
                System::nanoTime,
                handover.memory().events());
        open = new OpenFlows(configuration.openFlows(), heap(OPEN_FLOWS_SHARE));
        writer = new FlowWriter(
                queue,
                losses,
                failures,
                output,
                System::nanoTime,
                started,
                () -> reports == null ? Optional.empty() : reports.last());
        archive = roots.archiveRequest().map(path -> new ArchiveRequest(path, errors));
    }

    private static long heap(double share) {
        return (long) (Runtime.getRuntime().maxMemory() * share);
    }

    /**
     * Opens everything and starts the threads. If that fails, ends those that are started and closes what is open.
     *
     * @param handover what the process before left; stays open
     * @param output is left open
     * @param errors where failures are printed that cost no flow
     * @param checkInterval interval between checks for unseen ends, in nanoseconds
     * @param failed receives what a thread throws, in that thread
     */
    static Pipeline open(
            Configuration configuration,
            SystemRoots roots,
            Handover handover,
            EntryWriter output,
            PrintStream errors,
            long checkInterval,
            Consumer<Throwable> failed)
            throws IOException {
        Pipeline pipeline = new Pipeline(configuration, roots, handover, output, errors, failed);
        try {
            pipeline.start(checkInterval);
            return pipeline;
        } catch (IOException | RuntimeException | Error e) {
            pipeline.startNotices.report(pipeline::report);
            pipeline.all.closeAfter(e);
            throw e;
        }
    }

    private void start(long checkInterval) throws IOException {
        AttributionLayers attribution =
                resources.add(AttributionLayers.begin(configuration, roots, handover, startNotices::add));
        writerThread = run("flow-writer", writer);
        boolean ends = configuration.receivesEnds();
        continuation = Continuation.of(handover, configuration.namespaces() == Namespaces.ALL);
        long opened = continuation.opened();
        ConntrackSocket events = resources.add(continuation.open(configuration, ends, namespaces()));
        RequiredSysctls sysctls = resources.add(
                new RequiredSysctls(new ConntrackSysctls(roots.conntrackSysctls(), roots.formerSysctls())));
        sysctls.set(ends, configuration.existing()).forEach(startNotices::add);
        ExistingFlows existing =
                resources.add(continuation.existing(configuration, ends, sysctls.recordTimes(), losses));
        attribution.open(() -> !queue.isBusy());
        nameReader = nameReader(attribution);
        Optional<UnseenEnds> unseen = ends
                ? Optional.of(resources.add(new UnseenEnds(open, ConntrackLookup.open(), checkInterval)))
                : Optional.empty();
        reader = reader(events, opened, attribution, existing, unseen);
        watches.add(attribution.watches());
        BlindnessWatches blindness = new BlindnessWatches(resources, handover, this::report);
        blindness.track(configuration.tracking(), reader.counts()::newFlows, startNotices);
        watches.add(blindness.open(sysctls, ends));
        handover.dropRest();
        startNotices.reportComplete(this::report, continuation.isComplete());
        watches.add(new StorageWatch(output::isKept));
        watches.add(new OwnerWatch(reader.counts()::ownersFound, reader.counts()::ownersMissed, System::nanoTime));
        watches.add(new FailureWatch(failures::counts, System::nanoTime));
        runRestarting("unit-watch", attribution.unitWatch());
        threads.add(watches);
        policy.await(LIST_PATIENCE_NANOS);
        readerThread = run("flow-reader", reader);
        StatisticsCounts counts = new StatisticsCounts(started, reader.counts(), queue, writer, losses);
        reports = new StatisticsReports(configuration, counts::now, this::report, System::nanoTime);
    }

    private StageThread run(String name, Stage stage) {
        return threads.add(StageThread.start(name, stage, failed));
    }

    /** Runs a stage whose failures cost flows only some fields. */
    private <S extends Stage> S runRestarting(String name, S stage) {
        run(name, new RestartingStage(name, stage, failures, System::nanoTime));
        return stage;
    }

    private Optional<NetworkNamespaces> namespaces() throws IOException {
        return configuration.namespaces() == Namespaces.HOST
                ? Optional.empty()
                : Optional.of(resources.add(new NetworkNamespaces(roots.networkNamespaces(), roots.proc())));
    }

    private FlowReader reader(
            ConntrackSocket events,
            long opened,
            AttributionLayers attribution,
            ExistingFlows existing,
            Optional<UnseenEnds> unseen) {
        summaries = summaries();
        logged = new LoggedFlows(
                configuration.events(),
                configuration.receivesEnds(),
                open,
                queue,
                handover.memory().events(),
                existing.loggedBefore(),
                flowCounts,
                summaries,
                policy.configure(configuration),
                firstSeen());
        NameSource names = nameReader.<NameSource>map(it -> it).orElse((address, began) -> List.of());
        return new FlowReader(
                events,
                opened,
                new FlowAttribution(attribution.attributor(), new FlowNaming(names), failures),
                configuration,
                existing,
                logged,
                queue,
                losses,
                failures,
                flowCounts,
                handover.memory().dropped(),
                unseen,
                FlowProgress.each(configuration.progressSec())
                        .map(it -> new LastingFlows(runRestarting("flow-progress", it), open, failures)));
    }

    private UnaryOperator<AttributedFlow> firstSeen() {
        if (!configuration.firstSeen()) {
            return UnaryOperator.identity();
        }
        FirstSeen seen = new FirstSeen();
        archivedPairs = Optional.of(resources.add(
                new ArchivedPairs(seen, roots.archive(), queue::writtenUntil, writer::settled, archive, this::report)));
        return seen::mark;
    }

    private Summaries summaries() {
        return new Summaries(
                configuration,
                queue,
                handover.memory().events(),
                handover.memory().events().summarisedBefore(),
                Pipeline::staysWhole,
                System::nanoTime,
                new SecureRandom());
    }

    /** Reports whether a flow needs an entry of its own, also in a flood. */
    private static boolean staysWhole(AttributedFlow flow) {
        return flow.scrutiny().isAlert() || flow.event().kind() == FlowEvent.Kind.REFUSED;
    }

    private Optional<NameReader> nameReader(AttributionLayers attribution) throws IOException {
        Optional<ProgramSet> programs = attribution.programs().filter(ProgramSet::copiesDnsAnswers);
        if (programs.isEmpty()) {
            startNotices.add(BpfNotices.withoutNames());
            return Optional.empty();
        }
        NameReader started =
                new NameReader(programs.get().map("answers"), programs.get().map("counters"));
        runRestarting("name-reader", started);
        watches.add(new NameWatch(started::counts, System::nanoTime));
        return Optional.of(started);
    }

    /** Applies a configuration that differs in keys of {@link ConfigurationChange#LIVE} only. Loses no flow. */
    void reconfigure(Configuration changed) {
        reader.reconfigure(changed);
        logged.reconfigure(policy.configure(changed));
        summaries.reconfigure(changed);
        reports.reconfigure(changed);
    }

    /** Queues a notice, or a loss that is not counted. Called by any thread. */
    void report(Observation observation) {
        if (observation instanceof Loss loss) {
            losses.addReported(loss);
        }
        queue.addPatiently(List.of(observation), NOTICE_PATIENCE_NANOS);
    }

    /** Reports what the watches find, and has flows archived. Called about once a second. */
    void check() {
        watches.check();
        policy.check();
        reports.check();
        archive.ifPresent(it -> it.check(writer.written()));
        archivedPairs.ifPresent(ArchivedPairs::check);
    }

    /**
     * Returns the status line.
     *
     * @param configuration what it says about the configuration; empty if that needs no attention
     */
    String status(String configuration) {
        FlowCounts counts = reader.counts();
        StatusLine line = new StatusLine(counts.flows(), counts.attributed(), writer.written(), losses.total());
        line.add(configuration);
        watches.addTo(line);
        line.add(counts.aggregated(), "%d aggregated");
        line.add(open.evicted(), "%d open flows evicted");
        archivedPairs.ifPresent(it -> line.add(it.status()));
        nameReader.ifPresent(it -> line.add(it.size(), "names of %d addresses"));
        return line.toString();
    }

    /** Returns the rounds of the reader and of the writer. Each number grows while its thread makes progress. */
    long[] rounds() {
        return new long[] {readerThread.rounds(), writerThread.rounds()};
    }

    /** Reports whether no flow is missing since the process before. */
    boolean isContinued() {
        return continuation.isComplete();
    }

    /** Returns the last count of flows when journald had taken all. Returns empty if there was none. */
    Optional<WrittenFlows> settled() {
        return writer.settled();
    }

    /** Returns a {@link System#nanoTime} before which all flows are written; empty if unknown yet. */
    OptionalLong writtenUntil() {
        return queue.writtenUntil();
    }

    /** Ends the reader, waits until the writer has written the queue, then closes the rest. */
    @Override
    public void close() throws IOException {
        all.close();
    }
}
