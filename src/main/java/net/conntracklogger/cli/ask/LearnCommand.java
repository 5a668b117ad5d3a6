// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.cli.answer.AnswerForm;
import net.conntracklogger.cli.answer.Answers;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.identity.UserIds;
import net.conntracklogger.learn.Learner;
import net.conntracklogger.learn.PastCheck;
import net.conntracklogger.question.Criterion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger learn}: what a unit talks to, as an [Expect] section. */
@Command(
        name = "learn",
        description = "Writes what a unit talked to as an [Expect] section, or checks such sections with the past.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done; nothing would have been flagged",
            "1:failed; with --check: flows would have been flagged",
            "2:usage or configuration error",
            "6:the journal or the archive may not be read by this user"
        })
public final class LearnCommand implements Callable<Integer> {
    private static final long DEFAULT_SPAN = TimeUnit.DAYS.toMicros(30);
    private static final int MOST_LINES = 100_000;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--service",
            paramLabel = "UNIT",
            description = "The unit, or a template (web@.service) for all instances.")
    private String service;

    @Option(names = "--check", description = "Show the flows that the [Expect] sections would have flagged.")
    private boolean check;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "With --check: read the sections of this file instead of the installed configuration.")
    private Path configuration;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "With --check: maximum number of flows of a unit (default: ${DEFAULT-VALUE}).",
            defaultValue = "1000")
    private int lines;

    @Mixin
    private SpanOptions spanOptions;

    @Mixin
    private LogOptions log;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException, ConfigurationException {
        Usage.require(spec, check || service != null, "name the unit with --service");
        Usage.require(spec, check || configuration == null, "--config is of use with --check only");
        Usage.requireLines(spec, lines, MOST_LINES);
        TimeSpan span = spanOptions.recent(results, DEFAULT_SPAN);
        try (FlowLog flows = WholeLog.open(log.places())) {
            return check ? check(flows, span) : learn(flows, span);
        }
    }

    private UnitName unit() {
        return ((Criterion.Service) Criterion.service(service)).unit();
    }

    private int learn(FlowLog log, TimeSpan span) throws IOException {
        List<Learner.Rule> rules = Learner.rules(log, FlowQuery.in(span).withService(unit()));
        if (rules.isEmpty()) {
            spec.commandLine().getErr().println("no flow of " + unit().text() + " is logged in that span");
            return Daemon.FAILED;
        }
        PrintWriter out = spec.commandLine().getOut();
        try (Moments moments = new Moments(results.utc())) {
            out.println("# What " + unit().text() + " did from " + moments.full(span.since()) + " to "
                    + moments.full(span.until()) + ".");
        }
        out.println("# Read it, remove what the unit should not do, and save it in /etc/conntrack-logger.conf.d.");
        out.println("[Expect " + unit().text() + "]");
        for (Learner.Rule rule : rules) {
            out.printf(
                    "%n# %d %s, %s%d %s at the far end%n",
                    rule.events(),
                    rule.events() == 1 ? "event" : "events",
                    rule.more() ? "more than " : "",
                    rule.addresses(),
                    rule.addresses() == 1 ? "address" : "addresses");
            out.println("Allow=" + rule.text());
        }
        out.flush();
        return Daemon.DONE;
    }

    private int check(FlowLog log, TimeSpan span) throws IOException, ConfigurationException {
        List<Expectation> all = (configuration == null
                        ? ConfigurationReader.read(Daemon.CONFIGURATION)
                        : ConfigurationReader.readExisting(configuration))
                .allow();
        Expectations expectations = new Expectations(all);
        List<Expectation> checked = service == null
                ? all
                : all.stream().filter(it -> isAskedFor(it, expectations)).toList();
        if (checked.isEmpty()) {
            spec.commandLine().getErr().println("the configuration has no such [Expect] section");
            return Daemon.MISCONFIGURED;
        }
        long flagged = 0;
        PrintWriter err = spec.commandLine().getErr();
        try (Answers answers =
                new Answers(results, AnswerForm.WHOLE, spec.commandLine().getOut(), err)) {
            for (Expectation expectation : checked) {
                UnitName unit = service == null ? expectation.unit() : unit();
                FlowQuery query = FlowQuery.in(span).withService(unit);
                Map<String, Long> users = UserIds.of(expectation.users());
                PastCheck past = PastCheck.of(log, query, expectations, expectation, users, lines);
                answers.print(past.rows());
                err.printf(
                        "%s: %d of %d flow events would have been flagged%n",
                        unit.text(), past.flagged(), past.checked());
                flagged += past.flagged();
            }
        }
        return flagged == 0 ? Daemon.DONE : Daemon.FAILED;
    }

    /** Reports whether the expectation is that of the unit, also by its template. */
    private boolean isAskedFor(Expectation expectation, Expectations among) {
        return expectation.unit().equals(unit()) || expectation.equals(among.of(unit().text()));
    }
}
