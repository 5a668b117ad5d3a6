// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.output.JsonLines;
import net.conntracklogger.systemd.ServiceManager;

/** The stages of the service in a process that hands over to the next, with entries in a file instead of the journal. */
final class KeptService {
    /** No test takes as long. */
    private static final long CHECK_INTERVAL_NANOS = 600_000_000_000L;

    private KeptService() {}

    /**
     * Runs until SIGTERM comes.
     *
     * @param arguments configuration file, object file of the BPF programs, file to which entries are appended
     */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> environment = System.getenv();
        Handover handover = Handover.take(environment, line -> {});
        Pipeline pipeline = Pipeline.open(
                ConfigurationReader.read(Path.of(arguments[0])),
                roots(Path.of(arguments[1])),
                handover,
                new JsonLines(new PrintStream(new FileOutputStream(arguments[2], true), true, StandardCharsets.UTF_8)),
                System.err,
                CHECK_INTERVAL_NANOS,
                failure -> Runtime.getRuntime().halt(1));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(pipeline)));
        try (ServiceManager manager = ServiceManager.fromEnvironment(environment)) {
            manager.ready("");
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void close(Pipeline pipeline) {
        try {
            pipeline.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SystemRoots roots(Path object) {
        SystemRoots host = SystemRoots.ofHost();
        return new SystemRoots(
                host.proc(),
                host.conntrackSysctls(),
                host.networkNamespaces(),
                host.cgroup(),
                host.journalSocket(),
                host.units(),
                object,
                host.bootTime(),
                /* savesBootTime= */ false);
    }
}
