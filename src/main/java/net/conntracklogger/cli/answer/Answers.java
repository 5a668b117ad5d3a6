// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import net.conntracklogger.answer.FlowLine;
import net.conntracklogger.answer.FlowTable;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.answer.Sentence;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.cli.output.Lines;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.cli.output.RowText;
import net.conntracklogger.fleet.FleetSentence;
import net.conntracklogger.fleet.FleetVerdict;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.question.Question;
import net.conntracklogger.terminal.Cell;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.Style;
import net.conntracklogger.terminal.Wrap;

/**
 * Prints verdicts: rows and a sentence. The sentence goes to standard error if a program reads the rows. Not thread-safe.
 */
public final class Answers implements AutoCloseable {
    private final ResultOptions options;
    private final AnswerForm form;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Screen screen;
    private final Moments moments;
    private final List<String> lines = new ArrayList<>();
    private boolean headed;

    /**
     * @param out for what a program reads
     * @param err for sentences beside it
     */
    public Answers(ResultOptions options, AnswerForm form, PrintWriter out, PrintWriter err) {
        this.options = options;
        this.form = form;
        this.out = out;
        this.err = err;
        screen = options.screen(System.getenv());
        moments = new Moments(options.utc());
    }

    /** Prints an answer to a user's question. A table is printed when this is closed. */
    public void print(Question question, Verdict verdict) {
        print(Asked.byUser(question), verdict);
    }

    /** Prints an answer from one host. */
    void print(Asked asked, Verdict verdict) {
        List<FlowRow> rows = verdict instanceof Verdict.Found found ? found.flows() : List.of();
        String sentence = new Sentence(moments).of(verdict);
        print(rows, sentence, verdict.style(), () -> VerdictJson.of(asked, verdict, sentence));
    }

    /** Prints an answer from many hosts. */
    void print(Asked asked, FleetVerdict verdict) {
        String sentence = new FleetSentence(moments).of(verdict);
        print(verdict.flows(), sentence, verdict.style(), () -> VerdictJson.of(asked, verdict, sentence));
    }

    private void print(List<FlowRow> rows, String sentence, Style style, Supplier<String> object) {
        print(rows);
        if (options.format() == ResultOptions.Format.table) {
            lines.addAll(rows.isEmpty() ? List.of() : List.of(""));
            Wrap.lines(sentence, screen.width(), /* indent= */ 0)
                    .forEach(line -> lines.add(style.text(line, screen.colour())));
        } else if (form.verdict()) {
            out.println(object.get());
        } else {
            err.println(sentence);
        }
    }

    /** Prints flows without a sentence. */
    public void print(List<FlowRow> rows) {
        switch (options.format()) {
            case table -> lines.addAll(new FlowTable(moments).lines(rows, screen, options.legend()));
            case json -> rows.forEach(row -> out.println(RowText.json(row, form.fields())));
            case csv -> printCsv(rows);
            case cat -> rows.forEach(row -> out.println(FlowLine.of(row)));
        }
    }

    /** Prints what a sensor says of a flow above the answer, unless that has it. */
    void head(Asked asked) {
        if (asked.place() != null && !form.verdict()) {
            head(asked.place() + ": " + Cell.of(asked.label()).text());
        }
    }

    /** Prints a line above the next answer. */
    public void head(String text) {
        if (options.format() == ResultOptions.Format.table) {
            lines.addAll(lines.isEmpty() ? List.of() : List.of(""));
            lines.add(text);
        } else {
            err.println(text);
        }
    }

    private void printCsv(List<FlowRow> rows) {
        if (rows.isEmpty()) {
            return;
        }
        if (!headed && options.legend()) {
            out.println(RowText.csvHead(rows.get(0).host() != null, form.fields()));
        }
        headed = true;
        rows.forEach(row -> out.println(RowText.csv(row, form.fields())));
    }

    @Override
    public void close() throws IOException {
        moments.close();
        new Lines(options, screen, out).print(lines);
    }
}
