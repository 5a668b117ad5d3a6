// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.answer;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.fleet.FleetVerdict;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.GapJson;
import net.conntracklogger.output.JsonText;
import net.conntracklogger.question.Question;

/** Writes a verdict as one JSON object on one line. An unknown value has no member. */
final class VerdictJson {
    private VerdictJson() {}

    /** Returns the object of a verdict about one host. */
    static String of(Asked asked, Verdict verdict, String sentence) {
        StringBuilder json = begin(asked, verdict.exitCode(), sentence);
        if (verdict instanceof Verdict.Found found) {
            appendFound(json, found.flows().size(), found.all());
        }
        return json.append('}').toString();
    }

    /** Returns the object of a verdict about many hosts. It names those whose logs may lack such a flow. */
    static String of(Asked asked, FleetVerdict verdict, String sentence) {
        StringBuilder json = begin(asked, verdict.exitCode(), sentence);
        List<FleetVerdict.HostGap> gaps = verdict.gaps();
        FleetVerdict.Absence absence = verdict.absence();
        if (absence == null) {
            appendFound(json, verdict.flows().size(), verdict.all());
        } else {
            gaps = absence.gaps();
            json.append(",\"complete\":").append(absence.complete());
            json.append(",\"later\":").append(absence.later());
            List<String> names = new ArrayList<>();
            absence.doubtful().forEach(it -> names.add(JsonText.quoted(it.host().name())));
            json.append(",\"doubtful\":[").append(String.join(",", names)).append(']');
        }
        List<String> objects = gaps.stream().map(VerdictJson::gap).toList();
        json.append(",\"gaps\":[").append(String.join(",", objects)).append(']');
        return json.append('}').toString();
    }

    private static StringBuilder begin(Asked asked, int exitCode, String sentence) {
        Question question = asked.question();
        StringBuilder json = new StringBuilder("{\"verdict\":\"").append(name(exitCode));
        json.append("\",\"exit_status\":").append(exitCode);
        member(json, "sentence", sentence);
        member(json, "label", asked.label());
        member(json, "community_id", question.query().communityId());
        if (!question.isOpen()) {
            json.append(",\"since\":").append(question.span().since());
        }
        return json.append(",\"until\":").append(question.span().until());
    }

    private static void appendFound(StringBuilder json, int flows, boolean all) {
        json.append(",\"flows\":").append(flows).append(",\"all\":").append(all);
    }

    private static String gap(FleetVerdict.HostGap hostGap) {
        Gap gap = hostGap.gap();
        StringBuilder json = new StringBuilder("{\"host\":")
                .append(JsonText.quoted(hostGap.host().name()));
        GapJson.append(json.append(','), gap);
        member(json, "detail", gap.detail().isEmpty() ? null : gap.detail());
        return json.append('}').toString();
    }

    private static String name(int exitCode) {
        return switch (exitCode) {
            case Verdict.FOUND -> "found";
            case Verdict.NOT_SEEN -> "not-seen";
            case Verdict.NOT_CERTAIN -> "not-certain";
            default -> "not-permitted";
        };
    }

    private static void member(StringBuilder json, String name, String value) {
        if (value != null) {
            json.append(",\"").append(name).append("\":").append(JsonText.quoted(value));
        }
    }
}
