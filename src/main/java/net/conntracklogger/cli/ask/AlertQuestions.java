// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.cli.answer.Answers;
import net.conntracklogger.cli.answer.Asked;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Alert;
import net.conntracklogger.question.AlertReader;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import net.conntracklogger.question.TimeText;
import net.conntracklogger.terminal.Cell;
import picocli.CommandLine;

/** Asks a question for each line of a sensor's log. */
final class AlertQuestions {
    /** Longest time from the begin of a flow to its alert. Assumed if the alert does not say when the flow began. */
    private static final long LONGEST_FLOW = TimeUnit.DAYS.toMicros(1);

    /** Exit codes, the most important first. */
    private static final List<Integer> IMPORTANCE =
            List.of(Verdict.NOT_PERMITTED, 1, Verdict.NOT_CERTAIN, Verdict.NOT_SEEN, Verdict.FOUND);

    private final Asked.Respondent respondent;
    private final Answers answers;
    private final AlertReader reader;
    private final long tolerance;
    private final List<Criterion> further;
    private final List<Asked> waiting = new ArrayList<>();
    private int status = Verdict.FOUND;
    private int asked;

    /**
     * @param tolerance how far the clock of the sensor may be off, in microseconds
     * @param further conditions beside those of the alerts
     */
    AlertQuestions(
            Asked.Respondent respondent, Answers answers, TimeText times, long tolerance, List<Criterion> further) {
        this.respondent = respondent;
        this.answers = answers;
        this.tolerance = tolerance;
        this.further = further;
        reader = new AlertReader(times);
    }

    /**
     * Answers each line of a file. A line that is none of a sensor is named, and the others are answered.
     *
     * @return the exit code of the worst answer
     */
    int ask(Path file) throws IOException {
        boolean input = file.toString().equals("-");
        try (BufferedReader lines = input
                ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                : Files.newBufferedReader(file)) {
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                ask((input ? "standard input" : file) + ":" + number, line);
                number++;
            }
        }
        answerWaiting();
        if (asked == 0 && status == Verdict.FOUND) {
            throw new IOException(file + ": there is no alert and no connection in it");
        }
        return status;
    }

    private void ask(String place, String line) throws IOException {
        Optional<Alert> alert;
        try {
            alert = reader.read(line);
        } catch (IllegalArgumentException e) {
            answerWaiting();
            answers.head(
                    place + ": cannot read the line: " + Cell.of(e.getMessage()).text());
            note(CommandLine.ExitCode.SOFTWARE);
            return;
        }
        if (alert.isPresent()) {
            asked++;
            waiting.add(new Asked(place, alert.get().label(), question(alert.get())));
            if (waiting.size() == respondent.most()) {
                answerWaiting();
            }
        }
    }

    private void answerWaiting() throws IOException {
        if (!waiting.isEmpty()) {
            respondent.answer(List.copyOf(waiting)).forEach(this::note);
            waiting.clear();
        }
    }

    private Question question(Alert alert) {
        List<Criterion> criteria = new ArrayList<>(further);
        criteria.add(0, new Criterion.Sides(alert.tuple()));
        long begin = alert.hasStart() ? alert.start() - tolerance : alert.time() - LONGEST_FLOW;
        return new Question(criteria, new TimeSpan(begin, alert.time() + tolerance));
    }

    private void note(int exitCode) {
        status = IMPORTANCE.indexOf(exitCode) < IMPORTANCE.indexOf(status) ? exitCode : status;
    }
}
