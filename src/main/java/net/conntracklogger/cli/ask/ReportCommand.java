// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Evidence;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.cli.output.Lines;
import net.conntracklogger.cli.output.ResultFile;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.cli.output.RowText;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;
import net.conntracklogger.report.Origin;
import net.conntracklogger.report.Report;
import net.conntracklogger.report.Share;
import net.conntracklogger.report.Summarizer;
import net.conntracklogger.report.Summary;
import net.conntracklogger.report.SummaryJson;
import net.conntracklogger.report.SummaryPage;
import net.conntracklogger.report.SummaryText;
import net.conntracklogger.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger report}: who talks to whom in a span of time. */
@Command(
        name = "report",
        description = "Sums up who talks to whom: by unit, program, destination, port and name.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed",
            "2:usage error",
            "6:the journal or the archive may not be read by this user"
        })
public final class ReportCommand implements Callable<Integer> {
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final int MOST_LINES = 10_000;
    private static final int TABLE_LINES = 10;
    private static final int PAGE_LINES = 30;
    private static final int JSON_LINES = 200;
    private static final int MOST_FLOWS = 500;
    private static final int PAGE_FLOWS = 200;
    /** Columns of the text for browsers that run no scripts. */
    private static final int PLAIN_WIDTH = 120;

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "Maximum number of rows of a table (default: 10; 30 with --html, 200 with --output=json).")
    private Integer lines;

    @Option(
            names = "--flows",
            paramLabel = "COUNT",
            description = "Maximum number of flows in JSON and HTML, the newest (default: 0; 200 with --html).")
    private Integer flows;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a page for a browser that needs nothing but this file; - is standard output.")
    private String html;

    @Mixin
    private CriteriaOptions criteriaOptions;

    @Mixin
    private TimeOptions time;

    @Mixin
    private LogOptions log;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException {
        boolean page = html != null;
        Usage.require(
                spec,
                !page || !spec.commandLine().getParseResult().hasMatchedOption("--output"),
                "use either --html or --output");
        boolean tables = results.format() == ResultOptions.Format.table || results.format() == ResultOptions.Format.cat;
        int most = lines != null ? lines : page ? PAGE_LINES : tables ? TABLE_LINES : JSON_LINES;
        int mostFlows = flows != null ? flows : page ? PAGE_FLOWS : 0;
        Usage.requireLines(spec, most, MOST_LINES);
        Usage.require(spec, mostFlows >= 0 && mostFlows <= MOST_FLOWS, "--flows: use a number from 0 to " + MOST_FLOWS);
        Instant now = Instant.now();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        TimeSpan span = time.span(results.times(now), micros - DAY, micros);
        Question question = new Question(criteriaOptions.read(), span);
        try (FlowLog flowLog = WholeLog.open(log.places())) {
            if (page || results.format() == ResultOptions.Format.json) {
                Evidence evidence = log.isOfThisHost() ? HostEvidence.read(micros) : Evidence.none(micros);
                Origin origin = log.origin(micros, results.zone());
                print(Report.of(flowLog, evidence, question, most, mostFlows, origin));
            } else {
                print(new Summarizer(flowLog, most).sum(question.query()));
            }
            return Daemon.DONE;
        }
    }

    private void print(Report report) throws IOException {
        if (html == null) {
            printer().print(List.of(SummaryJson.of(report)));
            return;
        }
        try (Moments moments = new Moments(results.utc())) {
            Screen plain = new Screen(PLAIN_WIDTH, Screen.UNLIMITED, /* colour= */ false);
            String page =
                    SummaryPage.of(report, new SummaryText(moments, plain, /* legend= */ true).lines(report.summary()));
            if (html.equals("-")) {
                PrintWriter out = spec.commandLine().getOut();
                out.print(page);
                // The writer knows nothing of the errors of the stream below it.
                if (out.checkError() || System.out.checkError()) {
                    throw new IOException("cannot write the page to standard output");
                }
            } else {
                new ResultFile(Path.of(html)).write(page);
            }
        }
    }

    private void print(Summary summary) throws IOException {
        if (results.format() == ResultOptions.Format.csv) {
            printer().print(csv(summary));
            return;
        }
        try (Moments moments = new Moments(results.utc())) {
            Screen screen = results.screen(System.getenv());
            printer().print(new SummaryText(moments, screen, results.legend()).lines(summary));
        }
    }

    private Lines printer() {
        return new Lines(
                results, results.screen(System.getenv()), spec.commandLine().getOut());
    }

    /** The links are the finest shares, of which a program can make the others. */
    private List<String> csv(Summary summary) {
        List<String> records = new ArrayList<>();
        if (results.legend()) {
            records.add("SERVICE,DIRECTION,ADDRESS,NAME,FLOWS,SENT,RECEIVED,FIRST,LAST");
        }
        for (Share share : summary.links().shares()) {
            List<String> values = new ArrayList<>();
            share.key().forEach(value -> values.add(value == null ? "" : value));
            for (long number :
                    new long[] {share.flows(), share.sent(), share.received(), share.first(), share.last()}) {
                values.add(Long.toString(number));
            }
            records.add(RowText.record(values));
        }
        return records;
    }
}
