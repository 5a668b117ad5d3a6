// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/**
 * Asks the log, and decides how sure the answer is. Asks a part of it first, if that holds all of the question's span: what is not
 * certain by the part may be certain by the whole.
 */
public final class Judge {
    private final FlowLog log;
    private final Evidence evidence;

    public Judge(FlowLog log, Evidence evidence) {
        this.log = log;
        this.evidence = evidence;
    }

    /**
     * Answers a question.
     *
     * @param most maximum number of flows in the answer
     */
    public Verdict answer(Question question, int most) throws IOException {
        Optional<FlowLog> part = log.since(question.span().since());
        if (part.isPresent()) {
            Verdict verdict = new Judge(part.get(), evidence).ask(question, most);
            // The part may have been cut while it was asked.
            if (verdict.isCertain() && log.since(question.span().since()).isPresent()) {
                return verdict;
            }
        }
        return ask(question, most);
    }

    /**
     * Returns whether the log has every flow of a span: complete, blind or too old.
     *
     * @param coverage what the log says of the span
     */
    public Verdict completeness(TimeSpan span, Coverage coverage) throws IOException {
        Question everything = new Question(List.of(), span);
        return notSeen(everything, coverage, Certainty.hiding(coverage.gaps().stream(), everything, coverage));
    }

    private Verdict ask(Question question, int most) throws IOException {
        FlowSet flows = new FlowSet(most);
        Optional<Gap> damage = read(question, flows);
        Coverage coverage = log.coverage(question.span());
        List<Gap> gaps = Certainty.hiding(Stream.concat(damage.stream(), coverage.gaps().stream()), question, coverage);
        List<FlowRow> rows = flows.rows();
        return rows.isEmpty()
                ? notSeen(question, coverage, gaps)
                : new Verdict.Found(question, rows, flows.isComplete(), gaps);
    }

    /** Passes the flows to a sink. Returns what could not be read: the flows that came are right, but others may be missing. */
    private Optional<Gap> read(Question question, FlowSet flows) throws NotPermittedException {
        try {
            log.flows(question.query(), flows);
            return Optional.empty();
        } catch (NotPermittedException e) {
            throw e;
        } catch (IOException e) {
            return Optional.of(Certainty.unreadable(e));
        }
    }

    private Verdict notSeen(Question question, Coverage coverage, List<Gap> gaps) throws IOException {
        return new Certainty(new LogWitness(log, evidence), evidence.now()).notSeen(question, coverage, gaps);
    }
}
