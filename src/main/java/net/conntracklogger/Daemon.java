// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import net.conntracklogger.capture.UnseenEnds;
import net.conntracklogger.concurrent.Opening;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.journal.Journal;
import net.conntracklogger.status.CountFile;
import net.conntracklogger.status.Heartbeat;
import net.conntracklogger.status.SignOfLife;
import net.conntracklogger.systemd.ServiceManager;

/**
 * The service: runs the pipeline until it is stopped, and keeps systemd informed. Loads no command-line library. Called
 * by thread main only.
 */
public final class Daemon {
    /** The installed configuration. */
    public static final Path CONFIGURATION = Path.of("/etc/conntrack-logger.conf");

    /** Exit code: the service was stopped, or its output is no longer read. */
    public static final int DONE = 0;

    /** Exit code: the service could not start, or failed later. */
    public static final int FAILED = 1;

    /** Exit code: the command line or the configuration is wrong. systemd does not restart the service. */
    public static final int MISCONFIGURED = 2;

    private final Configuration configuration;
    private final SystemRoots roots;
    private final Map<String, String> environment;
    private final PrintStream errors;
    /** What SIGHUP makes the service read again; empty if SIGHUP ends it. */
    private final Optional<Path> reloaded;

    /**
     * Creates a service that does not run yet. SIGHUP will end it.
     *
     * @param environment the environment variables, which name the socket of systemd (sd_notify(3))
     * @param errors where failures are printed
     */
    public Daemon(Configuration configuration, SystemRoots roots, Map<String, String> environment, PrintStream errors) {
        this(configuration, Optional.empty(), roots, environment, errors);
    }

    private Daemon(
            Configuration configuration,
            Optional<Path> reloaded,
            SystemRoots roots,
            Map<String, String> environment,
            PrintStream errors) {
        this.configuration = configuration;
        this.reloaded = reloaded;
        this.roots = roots;
        this.environment = environment;
        this.errors = errors;
    }

    /** Runs the service with the installed configuration. Writes to the journal. */
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        SystemRoots roots = SystemRoots.ofService(environment.get("RUNTIME_DIRECTORY"));
        int status;
        try {
            Configuration configuration = ConfigurationReader.read(CONFIGURATION);
            Daemon daemon = new Daemon(configuration, Optional.of(CONFIGURATION), roots, environment, System.err);
            status = daemon.runService();
        } catch (ConfigurationException e) {
            System.err.println(e.getMessage());
            status = MISCONFIGURED;
        }
        System.exit(status);
    }

    /**
     * Runs until SIGTERM or SIGINT comes, then writes what is queued. Prints every failure: a signal would wait
     * for ever for the end of a service that has ended unnoticed.
     *
     * @param output is closed at the end
     * @return the exit code
     */
    public int run(EntryWriter output) {
        try (Opening<ServiceManager> systemd = openServiceManager();
                Handover none = Handover.take(Map.of(), errors::println)) {
            return run(output, none, systemd);
        } catch (IOException e) {
            output.close();
            print(e);
            return FAILED;
        }
    }

    /** Begins to open the socket of notifications. Its library takes 60 ms to load and to send the first. */
    private Opening<ServiceManager> openServiceManager() {
        return Opening.start("notifications", () -> ServiceManager.starting(environment));
    }

    private int run(EntryWriter output, Handover handover, Opening<ServiceManager> systemd) {
        StopRequest stop = new StopRequest();
        int status = FAILED;
        try {
            status = serve(output, handover, systemd, stop);
        } catch (RuntimeException | Error e) {
            e.printStackTrace(errors);
        } finally {
            stop.finish(status);
        }
        return status;
    }

    private int runService() {
        try (Opening<ServiceManager> systemd = openServiceManager();
                Handover handover = Handover.take(environment, errors::println)) {
            return run(
                    new Journal(
                            roots.journalSocket(),
                            roots.units(),
                            handover.memory().sent()),
                    handover,
                    systemd);
        } catch (IOException e) {
            print(e);
            return FAILED;
        }
    }

    private int serve(EntryWriter output, Handover handover, Opening<ServiceManager> opening, StopRequest stop) {
        try (output;
                SignOfLife life = new SignOfLife(roots.signOfLife(), errors)) {
            try (Pipeline pipeline = Pipeline.open(
                            configuration, roots, handover, output, errors, UnseenEnds.INTERVAL_NANOS, stop);
                    ServiceManager systemd = opening.take()) {
                life.start(pipeline::writtenUntil)
                        .filter(down -> !pipeline.isContinued())
                        .ifPresent(pipeline::report);
                watch(pipeline, systemd, stop, life);
            }
            return DONE;
        } catch (ServiceFailure e) {
            return statusOf(e);
        } catch (IOException e) {
            print(e);
        } catch (InterruptedException e) {
            errors.println("interrupted");
        }
        return FAILED;
    }

    /** Keeps systemd informed, and reloads the configuration, until a stop is requested. */
    private void watch(Pipeline pipeline, ServiceManager systemd, StopRequest stop, SignOfLife life)
            throws IOException, InterruptedException, ServiceFailure {
        Optional<ReloadSignal> signal = reloaded.map(file -> new ReloadSignal(stop::wake));
        Optional<Reload> reload =
                reloaded.map(file -> new Reload(file, configuration, pipeline::reconfigure, pipeline::report));
        Supplier<String> status =
                () -> pipeline.status(reload.map(Reload::status).orElse(""));
        systemd.ready(status.get());
        stop.started();
        Optional<CountFile> counts = roots.writtenFlows().map(path -> new CountFile(path, errors));
        Heartbeat heartbeat = new Heartbeat(systemd, status, pipeline::rounds, errors, System::nanoTime);
        while (!stop.await(heartbeat.intervalMillis())) {
            if (signal.isPresent() && signal.get().take()) {
                heartbeat.reload(reload.get()::run);
            }
            pipeline.check();
            life.renew();
            counts.ifPresent(file -> pipeline.settled().ifPresent(file::write));
            heartbeat.beat();
        }
        heartbeat.stopping();
    }

    /**
     * Returns the exit code for a thread that failed. It is no failure if the reader of the output has read enough, as
     * head(1) does.
     */
    private int statusOf(ServiceFailure failure) {
        if (!(failure.getCause() instanceof OutputEndedException output)) {
            failure.printStackTrace(errors);
            return FAILED;
        }
        if (output.isUnread()) {
            return DONE;
        }
        print(output);
        return FAILED;
    }

    /** Prints a failure and the failures that are suppressed in it. */
    private void print(IOException failure) {
        errors.println(failure.getMessage());
        for (Throwable suppressed : failure.getSuppressed()) {
            errors.println(suppressed.getMessage());
        }
    }
}
