// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.io.IOException;
import java.util.List;
import net.conntracklogger.question.Question;

/**
 * A question, and where it comes from.
 *
 * @param place the line of a sensor's log; null: the user asked
 * @param label what the sensor calls the flow; null: the user asked
 */
public record Asked(String place, String label, Question question) {
    /** Answers questions. */
    public interface Respondent {
        /** Maximum number of questions at once. */
        int most();

        /** Prints the answers. Returns the exit code of each. */
        List<Integer> answer(List<Asked> questions) throws IOException;
    }

    /** Returns a question of the user. */
    public static Asked byUser(Question question) {
        return new Asked(/* place= */ null, /* label= */ null, question);
    }
}
