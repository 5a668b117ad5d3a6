// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.GapText;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.NotPermittedException;

/** Does all checks of this host. */
public final class Doctor {
    /** Opens the log of this host. */
    public interface LogOpener {
        /**
         * Opens it.
         *
         * @throws NotPermittedException if the user may not read it
         */
        FlowLog open() throws IOException;
    }

    private final Path root;
    private final Path configuration;
    private final Evidence evidence;
    private final Moments moments;
    private final LogOpener logs;

    /**
     * @param root the directory that holds the files of the host
     * @param configuration the file to check
     */
    public Doctor(Path root, Path configuration, Evidence evidence, Moments moments, LogOpener logs) {
        this.root = root;
        this.configuration = configuration;
        this.evidence = evidence;
        this.moments = moments;
        this.logs = logs;
    }

    /** Returns a finding for each check, in the order of what depends on what. */
    public List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        HostFiles files = new HostFiles(root);
        Configuration settings = configuration(findings);
        findings.addAll(new RuleChecks(files, settings).findings());
        findings.addAll(new ListChecks(root, settings.list()).findings());
        findings.addAll(new KernelChecks(files, settings).findings());
        findings.addAll(new SystemChecks(files, evidence).findings());
        try (FlowLog log = logs.open()) {
            findings.add(Finding.ok("permissions", "this user may read the log"));
            LogChecks checks = new LogChecks(log, new GapText(moments), evidence.now());
            findings.addAll(checks.findings());
            findings.addAll(new RetentionChecks(files, settings, log, checks.coverage(), evidence.now()).findings());
        } catch (NotPermittedException e) {
            findings.add(Finding.skip("permissions", e.getMessage(), "what the log shows is not checked"));
        } catch (IOException e) {
            findings.add(Finding.fail("log", String.valueOf(e.getMessage()), "journalctl --verify"));
        }
        return findings;
    }

    private Configuration configuration(List<Finding> findings) {
        try {
            Configuration read = ConfigurationReader.read(configuration);
            findings.add(Finding.ok("configuration", configuration + " and its drop-ins are right"));
            return read;
        } catch (ConfigurationException e) {
            findings.add(Finding.fail("configuration", e.getMessage(), "correct it; the service does not start"));
            return Configuration.DEFAULT;
        }
    }
}
