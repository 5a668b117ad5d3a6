// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Certainty;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Question;

/**
 * Asks the logs of many hosts, and decides for each how sure the answer is.
 *
 * @param now the time, microseconds since the epoch
 */
public record FleetJudge(FleetLog log, long now) {
    /**
     * Answers questions, whose hosts are looked at once for all.
     *
     * @param questions at least one
     * @param most maximum number of flows in an answer
     */
    public List<FleetVerdict> answer(List<Question> questions, int most) throws IOException {
        List<FoundFlows> flows =
                log.flows(questions.stream().map(Question::query).toList(), most);
        List<List<FlowRow>> rows = new TranslatedFlows(log).complete(questions, flows);
        List<HostLog> hosts = log.hosts(union(questions));
        List<FleetVerdict> verdicts = new ArrayList<>();
        for (int i = 0; i < questions.size(); i++) {
            Question question = questions.get(i);
            verdicts.add(
                    rows.get(i).isEmpty()
                            ? new FleetVerdict(question, List.of(), true, List.of(), absence(question, hosts))
                            : new FleetVerdict(
                                    question, rows.get(i), flows.get(i).complete(), gaps(question, hosts), null));
        }
        return verdicts;
    }

    private static TimeSpan union(List<Question> questions) {
        return new TimeSpan(
                questions.stream().mapToLong(it -> it.span().since()).min().orElseThrow(),
                questions.stream().mapToLong(it -> it.span().until()).max().orElseThrow());
    }

    private static List<Gap> hiding(Question question, Coverage coverage) {
        return Certainty.hiding(coverage.gaps().stream(), question, coverage);
    }

    private static List<FleetVerdict.HostGap> gaps(Question question, List<HostLog> hosts) throws IOException {
        List<FleetVerdict.HostGap> gaps = new ArrayList<>();
        for (HostLog host : hosts) {
            for (Gap gap : hiding(question, host.witness().coverage(question.span()))) {
                gaps.add(new FleetVerdict.HostGap(host.host(), gap));
            }
        }
        return gaps;
    }

    private FleetVerdict.Absence absence(Question question, List<HostLog> hosts) throws IOException {
        int complete = 0;
        int later = 0;
        long since = question.isOpen() ? Long.MAX_VALUE : 0;
        long until = Long.MAX_VALUE;
        List<FleetVerdict.Doubtful> doubtful = new ArrayList<>();
        for (HostLog host : hosts) {
            Coverage coverage = host.witness().coverage(question.span());
            if (coverage.since() >= question.span().until()) {
                later++;
                continue;
            }
            Verdict verdict =
                    new Certainty(host.witness(), now).notSeen(question, coverage, hiding(question, coverage));
            if (verdict instanceof Verdict.Complete claim) {
                complete++;
                // An open question reaches back as far as each log does, so the sentence names the longest.
                since = question.isOpen() ? Math.min(since, claim.since()) : Math.max(since, claim.since());
                until = Math.min(until, claim.until());
            } else {
                doubtful.add(new FleetVerdict.Doubtful(host.host(), verdict));
            }
        }
        return new FleetVerdict.Absence(complete, since, until, doubtful, later);
    }
}
