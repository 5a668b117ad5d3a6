// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Judge;
import net.conntracklogger.answer.Verdict;

/**
 * Answers from the log of one host.
 *
 * @param lines maximum number of flows in an answer
 */
public record HostRespondent(Judge judge, Answers answers, int lines) implements Asked.Respondent {
    @Override
    public int most() {
        return 1;
    }

    @Override
    public List<Integer> answer(List<Asked> questions) throws IOException {
        List<Integer> codes = new ArrayList<>();
        for (Asked asked : questions) {
            answers.head(asked);
            Verdict verdict = judge.answer(asked.question(), lines);
            answers.print(asked, verdict);
            codes.add(verdict.exitCode());
        }
        return codes;
    }
}
