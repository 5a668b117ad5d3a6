// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Host;
import net.conntracklogger.question.Question;
import net.conntracklogger.terminal.Style;

/**
 * How sure an answer from many hosts is.
 *
 * @param flows in the order of their begin
 * @param all whether these are all that the logs have
 * @param gaps what may hide more flows, each with its host; only beside flows
 * @param absence how sure it is that no host had one; null beside flows
 */
public record FleetVerdict(Question question, List<FlowRow> flows, boolean all, List<HostGap> gaps, Absence absence) {
    /** A gap in the log of a host. */
    public record HostGap(Host host, Gap gap) {}

    /** The verdict about the log of a host that is not complete. */
    public record Doubtful(Host host, Verdict verdict) {}

    /**
     * How sure it is for each host that it had no such flow.
     *
     * @param complete number of hosts whose logs are complete
     * @param since begin of the span in which the logs of all of these are complete, microseconds since the epoch
     * @param until end of it
     * @param doubtful the hosts whose logs may lack such a flow
     * @param later number of hosts whose logs begin after the question ends
     */
    public record Absence(int complete, long since, long until, List<Doubtful> doubtful, int later) {
        /** Returns the gaps of the doubtful logs, each with its host. */
        public List<HostGap> gaps() {
            List<HostGap> gaps = new ArrayList<>();
            for (Doubtful one : doubtful) {
                if (one.verdict() instanceof Verdict.Blind blind) {
                    blind.gaps().forEach(gap -> gaps.add(new HostGap(one.host(), gap)));
                }
            }
            return gaps;
        }
    }

    /** Returns the exit code of a command whose only answer this is. It is that of the same answer from one host. */
    public int exitCode() {
        if (!flows.isEmpty()) {
            return Verdict.FOUND;
        }
        return absence.doubtful().isEmpty() && absence.complete() > 0 ? Verdict.NOT_SEEN : Verdict.NOT_CERTAIN;
    }

    /** Returns the style of the sentence. */
    public Style style() {
        return switch (exitCode()) {
            case Verdict.FOUND -> Style.GOOD;
            case Verdict.NOT_SEEN -> Style.STRONG;
            default -> Style.DOUBTFUL;
        };
    }
}
