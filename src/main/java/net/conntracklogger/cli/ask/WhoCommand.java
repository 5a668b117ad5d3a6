// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.Judge;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.cli.answer.AnswerForm;
import net.conntracklogger.cli.answer.Answers;
import net.conntracklogger.cli.answer.Asked;
import net.conntracklogger.cli.answer.FleetRespondent;
import net.conntracklogger.cli.answer.HostRespondent;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.fleet.FleetJudge;
import net.conntracklogger.fleet.FleetLog;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;
import net.conntracklogger.question.TimeText;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--alert",
            paramLabel = "FILE",
            description = "Ask for each line of Suricata's eve.json or Zeek's conn.log; - is standard input.")
    private Path alert;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "Maximum number of flows; the last ones are shown (default: ${DEFAULT-VALUE}).",
            defaultValue = DEFAULT_LINES)
    private int lines;

    @Mixin
    private CriteriaOptions criteriaOptions;

    @Mixin
    private TimeOptions time;

    @Mixin
    private LogOptions log;

    @Mixin
    private AnswerOptions answer;

    @Mixin
    private FleetOptions fleet;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException, ConfigurationException {
        Instant now = Instant.now();
        TimeText times = results.times(now);
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        Usage.require(
                spec,
                alert == null || !criteriaOptions.hasOperands() && !time.isGiven(),
                "--alert brings its own question");
        Usage.require(
                spec,
                !fleet.isTwofold() && (!fleet.isGiven() || log.isOfThisHost()),
                "use one of --fleet, --archive and --directory");
        Usage.requireLines(spec, lines, MOST_LINES);
        AnswerForm form = answer.form(results);
        TimeSpan span = time.span(times, /* open= */ 0, micros + TimeUnit.SECONDS.toMicros(1));
        Question question = new Question(criteriaOptions.read(), span);
        Usage.require(
                spec,
                alert != null || !question.criteria().isEmpty() || !question.isOpen(),
                "say what to look for, or when");
        try (Answers answers = new Answers(
                results, form, spec.commandLine().getOut(), spec.commandLine().getErr())) {
            try {
                return ask(answers, micros, times, question);
            } catch (NotPermittedException e) {
                Verdict verdict = new Verdict.NotPermitted(e.getMessage());
                answers.print(question, verdict);
                return verdict.exitCode();
            }
        }
    }

    private int ask(Answers answers, long now, TimeText times, Question question)
            throws IOException, ConfigurationException {
        if (fleet.isGiven()) {
            try (FleetLog logs = fleet.open(now)) {
                return ask(new FleetRespondent(new FleetJudge(logs, now), answers, lines), answers, times, question);
            }
        }
        try (FlowLog flows = WholeLog.open(log.places())) {
            Judge judge = new Judge(flows, log.isOfThisHost() ? HostEvidence.read(now) : Evidence.none(now));
            return ask(new HostRespondent(judge, answers, lines), answers, times, question);
        }
    }

    private int ask(Asked.Respondent respondent, Answers answers, TimeText times, Question question)
            throws IOException {
        return alert == null
                ? respondent.answer(List.of(Asked.byUser(question))).get(0)
                : new AlertQuestions(respondent, answers, times, time.tolerance(), question.criteria()).ask(alert);
    }
}
