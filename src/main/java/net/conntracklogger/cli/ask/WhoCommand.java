// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.Judge;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Durations;
import net.conntracklogger.question.Question;
import net.conntracklogger.question.TimeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger who}: which process had that flow, and how sure that is. */
@Command(
        name = "who",
        description = "Shows which process had a flow, and says how sure that is.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:found",
            "1:failed",
            "2:usage error",
            "4:not seen, and the log is complete there",
            "5:not seen, but the log was blind there, or does not reach back so far",
            "6:the journal or the archive may not be read by this user"
        })
public final class WhoCommand implements Callable<Integer> {
    private static final String DEFAULT_LINES = "1000";
    private static final int MOST_LINES = 100_000;
    private static final String DEFAULT_WITHIN = "5s";
    private static final long LARGEST_PID = 1L << 22;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "WHAT",
            arity = "0..*",
            description = "Address, ADDRESS:PORT, [ADDRESS]:PORT, network, host name or Community ID. All must match.")
    private List<String> what = List.of();

    @Option(
            names = "--alert",
            paramLabel = "FILE",
            description = "Ask for each line of Suricata's eve.json or Zeek's conn.log; - is standard input.")
    private Path alert;

    @Option(
            names = "--watch",
            paramLabel = "FILE",
            description = "Flows from or to an address, network or name of this watch list.")
    private Path watch;

    @Option(names = "--port", paramLabel = "PORT", description = "Flows from or to this port.")
    private String port;

    @Option(names = "--service", paramLabel = "UNIT", description = "Flows of this unit.")
    private String service;

    @Option(names = "--pid", paramLabel = "PID", description = "Flows of this process.")
    private Long pid;

    @Option(names = "--user", paramLabel = "USER", description = "Flows of this user, by name or id.")
    private String user;

    @Option(names = "--at", paramLabel = "TIME", description = "Flows at about this time; see --within.")
    private String at;

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            description = "How far --at, or the time of an alert, may be off (default: ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_WITHIN)
    private String within;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "Maximum number of flows; the last ones are shown (default: ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_LINES)
    private int lines;

    @Mixin
    private SpanOptions spanOptions;

    @Mixin
    private LogOptions log;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException {
        Instant now = Instant.now();
        TimeText times = results.times(now);
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        requireOptionsThatFit();
        Question question = question(times, micros);
        long tolerance = Usage.read(spec, () -> Durations.read(within));
        try (Answers answers = new Answers(
                results, spec.commandLine().getOut(), spec.commandLine().getErr())) {
            try (FlowLog flows = WholeLog.open(log.places())) {
                Evidence evidence = log.isOfThisHost() ? HostEvidence.read(micros) : Evidence.none(micros);
                Judge judge = new Judge(flows, evidence);
                if (alert != null) {
                    return new AlertQuestions(judge, answers, times, tolerance, lines, question.criteria()).ask(alert);
                }
                Verdict verdict = judge.answer(question, lines);
                answers.print(verdict);
                return verdict.exitCode();
            } catch (NotPermittedException e) {
                Verdict verdict = new Verdict.NotPermitted(e.getMessage());
                answers.print(verdict);
                return verdict.exitCode();
            }
        }
    }

    private void requireOptionsThatFit() {
        Usage.require(
                spec,
                alert == null || what.isEmpty() && !spanOptions.isGiven() && at == null,
                "--alert brings its own question");
        Usage.require(spec, at == null || !spanOptions.isGiven(), "use either --at or --since and --until");
        Usage.requireLines(spec, lines, MOST_LINES);
    }

    private Question question(TimeText times, long now) throws IOException {
        List<Criterion> criteria = Usage.read(spec, this::criteria);
        if (watch != null) {
            criteria.add(Criterion.Listed.read(watch));
        }
        Question question = Usage.read(spec, () -> new Question(criteria, span(times, now)));
        Usage.require(
                spec,
                alert != null || !question.criteria().isEmpty() || !question.isOpen(),
                "say what to look for, or when");
        return question;
    }

    private List<Criterion> criteria() {
        List<Criterion> criteria = new ArrayList<>();
        what.forEach(text -> criteria.add(Criterion.read(text)));
        Stream.of(Criterion.Name.class, Criterion.Community.class).forEach(kind -> {
            if (criteria.stream().filter(kind::isInstance).count() > 1) {
                throw new IllegalArgumentException("ask for one host name or Community ID at a time");
            }
        });
        if (port != null) {
            criteria.add(new Criterion.Port(Criterion.port(port)));
        }
        if (service != null) {
            criteria.add(Criterion.service(service));
        }
        if (pid != null) {
            if (pid < 1 || pid > LARGEST_PID) {
                throw new IllegalArgumentException("--pid: use a number from 1 to " + LARGEST_PID);
            }
            criteria.add(new Criterion.ProcessId(pid.intValue()));
        }
        if (user != null) {
            criteria.add(Criterion.user(user));
        }
        return criteria;
    }

    private TimeSpan span(TimeText times, long now) {
        if (at == null) {
            return spanOptions.span(times, /* open= */ 0, now + TimeUnit.SECONDS.toMicros(1));
        }
        long time = times.read(at);
        long tolerance = Durations.read(within);
        return new TimeSpan(time - tolerance, time + tolerance + 1);
    }
}
