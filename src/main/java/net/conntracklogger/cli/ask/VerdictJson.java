// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import net.conntracklogger.answer.Verdict;
import net.conntracklogger.output.JsonText;
import net.conntracklogger.question.Question;

/** Writes a verdict as one JSON object on one line. An unknown value has no member. */
final class VerdictJson {
    private VerdictJson() {}

    /**
     * Returns the object.
     *
     * @param label what a sensor calls the flow; null: the user asked
     */
    static String of(Question question, String label, Verdict verdict, String sentence) {
        StringBuilder json = new StringBuilder("{\"verdict\":\"").append(name(verdict));
        json.append("\",\"exit_status\":").append(verdict.exitCode());
        member(json, "sentence", sentence);
        member(json, "label", label);
        member(json, "community_id", question.query().communityId());
        if (!question.isOpen()) {
            json.append(",\"since\":").append(question.span().since());
        }
        json.append(",\"until\":").append(question.span().until());
        if (verdict instanceof Verdict.Found found) {
            json.append(",\"flows\":").append(found.flows().size());
            json.append(",\"all\":").append(found.all());
        }
        return json.append('}').toString();
    }

    private static String name(Verdict verdict) {
        return switch (verdict.exitCode()) {
            case Verdict.FOUND -> "found";
            case Verdict.NOT_SEEN -> "not-seen";
            case Verdict.NOT_CERTAIN -> "not-certain";
            default -> "not-permitted";
        };
    }

    private static void member(StringBuilder json, String name, String value) {
        if (value != null) {
            JsonText.append(json.append(",\"").append(name).append("\":"), value);
        }
    }
}
