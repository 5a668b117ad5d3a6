// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.fleet.FleetJudge;
import net.conntracklogger.fleet.FleetVerdict;

/**
 * Answers from the logs of many hosts.
 *
 * @param lines maximum number of flows in an answer
 */
public record FleetRespondent(FleetJudge judge, Answers answers, int lines) implements Asked.Respondent {
    @Override
    public int most() {
        return 1000;
    }

    @Override
    public List<Integer> answer(List<Asked> questions) throws IOException {
        List<FleetVerdict> verdicts =
                judge.answer(questions.stream().map(Asked::question).toList(), lines);
        List<Integer> codes = new ArrayList<>();
        for (FleetVerdict verdict : verdicts) {
            Asked asked = questions.get(codes.size());
            answers.head(asked);
            answers.print(asked, verdict);
            codes.add(verdict.exitCode());
        }
        return codes;
    }
}
