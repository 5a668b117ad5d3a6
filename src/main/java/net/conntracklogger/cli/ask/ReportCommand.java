// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.cli.output.Lines;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.cli.output.RowText;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;
import net.conntracklogger.report.Share;
import net.conntracklogger.report.Summarizer;
import net.conntracklogger.report.Summary;
import net.conntracklogger.report.SummaryJson;
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

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-n", "--lines"},
            paramLabel = "COUNT",
            description = "Maximum number of rows of a table (default: 10; 200 with --output=json).")
    private Integer lines;

    @Mixin
    private SearchOptions search;

    @Mixin
    private TimeOptions time;

    @Mixin
    private LogOptions log;

    @Mixin
    private ResultOptions results;

    @Override
    public Integer call() throws IOException {
        boolean tables = results.format() == ResultOptions.Format.table || results.format() == ResultOptions.Format.cat;
        int most = lines != null ? lines : tables ? 10 : 200;
        Usage.requireLines(spec, most, MOST_LINES);
        Instant now = Instant.now();
        long micros = ChronoUnit.MICROS.between(Instant.EPOCH, now);
        TimeSpan span = time.span(results.times(now), micros - DAY, micros);
        FlowQuery query = new Question(search.criteria(), span).query();
        try (FlowLog flows = WholeLog.open(log.places())) {
            print(new Summarizer(flows, most).sum(query));
            return Daemon.DONE;
        }
    }

    private void print(Summary summary) throws IOException {
        Screen screen = results.screen(System.getenv());
        Lines printer = new Lines(results, screen, spec.commandLine().getOut());
        switch (results.format()) {
            case json -> printer.print(List.of(SummaryJson.of(summary)));
            case csv -> printer.print(csv(summary));
            case table, cat -> {
                try (Moments moments = new Moments(results.utc())) {
                    printer.print(new SummaryText(moments, screen, results.legend()).lines(summary));
                }
            }
        }
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
