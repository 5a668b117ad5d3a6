// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.capture.UnseenEnds;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.journal.Journal;
import net.conntracklogger.systemd.ServiceManager;

/**
 * The service: reads the configuration, runs the pipeline until it is told to stop, and keeps systemd informed. No
 * command-line library is loaded on this path.
 */
public final class Daemon {
    /** Where the administrator configures it. */
    public static final Path CONFIGURATION = Path.of("/etc/conntrack-logger.conf");

    /** Exit codes. */
    public static final int DONE = 0;

    /** It could not start, or failed later. */
    public static final int FAILED = 1;

    /** The command line or the configuration is wrong: systemd does not try again. */
    public static final int MISCONFIGURED = 2;

    private static final long TICK_MILLIS = 1000;
    private static final long STATUS_INTERVAL = TimeUnit.SECONDS.toNanos(5);

    private final Configuration configuration;
    private final SystemRoots roots;
    private final Map<String, String> environment;
    private final PrintStream errors;

    public Daemon(Configuration configuration, SystemRoots roots, Map<String, String> environment, PrintStream errors) {
        this.configuration = configuration;
        this.roots = roots;
        this.environment = environment;
        this.errors = errors;
    }

    /** Runs the service with the installed configuration, into the journal. */
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        SystemRoots roots = SystemRoots.ofService(environment.get("RUNTIME_DIRECTORY"));
        int status;
        try {
            Configuration configuration = ConfigurationReader.read(CONFIGURATION);
            Daemon daemon = new Daemon(configuration, roots, environment, System.err);
            status = daemon.run(new Journal(roots.journalSocket()));
        } catch (ConfigurationException e) {
            System.err.println(e.getMessage());
            status = MISCONFIGURED;
        }
        System.exit(status);
    }

    /**
     * Runs until SIGTERM or SIGINT, then writes out what is queued.
     *
     * @param output is closed at the end
     * @return the exit code
     */
    public int run(EntryWriter output) {
        StopRequest stop = new StopRequest();
        int status = serve(output, stop);
        stop.finish(status);
        return status;
    }

    private int serve(EntryWriter output, StopRequest stop) {
        try (output;
                ServiceManager systemd = ServiceManager.fromEnvironment(environment)) {
            try (Pipeline pipeline = Pipeline.open(configuration, roots, output, UnseenEnds.INTERVAL_NANOS, stop)) {
                systemd.ready(pipeline.status());
                attend(pipeline, systemd, stop);
                tell(systemd::stopping);
            }
            return DONE;
        } catch (ServiceFailure e) {
            return ended(e);
        } catch (IOException e) {
            errors.println(e.getMessage());
        } catch (InterruptedException e) {
            errors.println("interrupted");
        }
        return FAILED;
    }

    /** As of the thread that writes, for one. Whoever read the output, such as head(1), has gone when he had enough. */
    private int ended(ServiceFailure failure) {
        if (!(failure.getCause() instanceof OutputEndedException output)) {
            failure.printStackTrace(errors);
            return FAILED;
        }
        if (output.isUnread()) {
            return DONE;
        }
        errors.println(output.getMessage());
        return FAILED;
    }

    private void attend(Pipeline pipeline, ServiceManager systemd, StopRequest stop)
            throws InterruptedException, ServiceFailure {
        String status = "";
        long lastStatus = System.nanoTime();
        long lastAlive = System.nanoTime();
        long[] rounds = pipeline.rounds();
        long third = systemd.watchdogMillis() / 3;
        long tick = third > 0 ? Math.min(third, TICK_MILLIS) : TICK_MILLIS;
        while (!stop.await(tick)) {
            pipeline.tick();
            long now = System.nanoTime();
            String newStatus = pipeline.status();
            if (now - lastStatus > STATUS_INTERVAL && !newStatus.equals(status)) {
                lastStatus = now;
                status = newStatus;
                tell(() -> systemd.status(newStatus));
            }
            if (third > 0 && now - lastAlive >= TimeUnit.MILLISECONDS.toNanos(third)) {
                long[] newRounds = pipeline.rounds();
                if (newRounds[0] != rounds[0] && newRounds[1] != rounds[1]) {
                    tell(systemd::alive);
                    lastAlive = now;
                    rounds = newRounds;
                }
            }
        }
    }

    private interface Message {
        void send() throws IOException;
    }

    /** Only to be ready must be told: a service manager that misses another message will ask in its own way. */
    private void tell(Message message) {
        try {
            message.send();
        } catch (IOException e) {
            errors.println(e.getMessage());
        }
    }
}
