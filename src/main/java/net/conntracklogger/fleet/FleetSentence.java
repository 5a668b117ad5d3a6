// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.answer.GapText;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.answer.Sentence;
import net.conntracklogger.answer.Verdict;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.terminal.Cell;

/** Says a verdict about many hosts in one sentence. */
public final class FleetSentence {
    /** A sentence names that many gaps with their hosts, and counts the others. */
    private static final int MOST_GAPS = 3;

    private final Moments moments;
    private final GapText gaps;
    private final Sentence sentence;

    public FleetSentence(Moments moments) {
        this.moments = moments;
        gaps = new GapText(moments);
        sentence = new Sentence(moments);
    }

    /** Returns the sentence, with a full stop. */
    public String of(FleetVerdict verdict) {
        return (verdict.flows().isEmpty() ? notSeen(verdict) : found(verdict)) + ".";
    }

    private String found(FleetVerdict verdict) {
        List<FlowRow> owned = verdict.flows().stream()
                .filter(row -> !"forwarded".equals(row.get(JournalField.PID_REASON)))
                .toList();
        boolean one = verdict.all() && owned.size() == 1 && owned.get(0).get(JournalField.FLOW_COUNT) == null;
        String text = "Found: " + (one ? single(verdict, owned.get(0)) : several(verdict));
        List<String> clauses = new ArrayList<>();
        verdict.gaps().forEach(it -> clauses.add(gaps.clause(safe(it.host().name()), it.gap())));
        return clauses.isEmpty() ? text : text + "; more may be missing: " + join(clauses);
    }

    private String single(FleetVerdict verdict, FlowRow row) {
        StringBuilder text = new StringBuilder("1 ").append(verdict.question().text());
        text.append(Sentence.verb(List.of(row)))
                .append(moments.zoned(row.begin()))
                .append(" on ")
                .append(name(row));
        List<String> gateways = verdict.flows().stream()
                .filter(it -> it != row)
                .map(FleetSentence::name)
                .distinct()
                .toList();
        if (!gateways.isEmpty()) {
            text.append(", forwarded by ").append(String.join(", ", gateways));
        }
        Sentence.appendOwner(text, row);
        return text.toString();
    }

    /** Says how many flows were found, those that summaries count among them. */
    private String several(FleetVerdict verdict) {
        List<FlowRow> flows = verdict.flows();
        String subject = verdict.question().text();
        long hosts = flows.stream().map(FlowRow::host).distinct().count();
        long count = flows.stream().mapToLong(FlowRow::flows).sum();
        long first = flows.get(0).begin();
        long last = flows.stream()
                .mapToLong(row -> row.number(JournalField.FLOW_LAST, row.begin()))
                .max()
                .orElseThrow();
        return (verdict.all() ? "" : "more than ") + count + " "
                + (count == 1 ? subject : subject.replaceFirst("^flow", "flows"))
                + (verdict.all() ? "" : "; the last " + count)
                + Sentence.verb(flows) + "between " + moments.span(first, last, "and")
                + (hosts == 1 ? " on " + name(flows.get(0)) : " on " + hosts + " hosts")
                + Sentence.refusedAmong(flows);
    }

    private String notSeen(FleetVerdict verdict) {
        FleetVerdict.Absence absence = verdict.absence();
        String later = absence.later() == 0 ? "" : "; on " + hosts(absence.later()) + " the log begins after that";
        if (absence.complete() == 0 && absence.doubtful().isEmpty()) {
            return "Not seen, but no host has an entry from that time" + later;
        }
        if (absence.doubtful().isEmpty()) {
            return "Not seen on " + hosts(absence.complete()) + ": no "
                    + verdict.question().text() + " began between "
                    + moments.span(absence.since(), absence.until(), "and") + ", and the log is complete there" + later;
        }
        String begin = absence.complete() == 0
                ? "Not seen, but the logs may lack it: "
                : "Not seen on " + hosts(absence.complete()) + "; ";
        return begin + doubtful(absence.doubtful()) + later;
    }

    private String doubtful(List<FleetVerdict.Doubtful> hosts) {
        List<String> blind = new ArrayList<>();
        Map<Doubt.Kind, List<Doubt>> doubts = new EnumMap<>(Doubt.Kind.class);
        Map<Doubt.Kind, String> names = new EnumMap<>(Doubt.Kind.class);
        List<FleetVerdict.Doubtful> tooOld = new ArrayList<>();
        for (FleetVerdict.Doubtful host : hosts) {
            String name = safe(host.host().name());
            if (host.verdict() instanceof Verdict.Blind verdict) {
                for (Gap gap : verdict.gaps()) {
                    blind.add(gaps.clause(name, gap));
                }
                // A gap says it all: a host that is silent counts nothing.
                for (Doubt doubt : verdict.gaps().isEmpty() ? verdict.doubts() : List.<Doubt>of()) {
                    doubts.computeIfAbsent(doubt.kind(), kind -> new ArrayList<>())
                            .add(doubt);
                    names.putIfAbsent(doubt.kind(), name);
                }
            } else {
                tooOld.add(host);
            }
        }
        List<String> clauses = new ArrayList<>();
        if (!blind.isEmpty()) {
            clauses.add(join(blind));
        }
        doubts.forEach((kind, all) -> clauses.add(
                (all.size() == 1 ? names.get(kind) : hosts(all.size())) + ": " + sentence.clause(earliest(all))));
        if (!tooOld.isEmpty()) {
            clauses.add((tooOld.size() == 1 ? safe(tooOld.get(0).host().name()) : hosts(tooOld.size()))
                    + ": the log does not reach back so far");
        }
        return String.join("; ", clauses);
    }

    /** Of one kind the doubt that covers all hosts: the earliest time, and all counts. */
    private static Doubt earliest(List<Doubt> doubts) {
        Doubt first = doubts.get(0);
        return new Doubt(
                first.kind(),
                doubts.stream().mapToLong(Doubt::time).min().orElse(0),
                doubts.stream().mapToLong(Doubt::count).sum());
    }

    private static String join(List<String> clauses) {
        return Sentence.join(clauses, MOST_GAPS, "gap");
    }

    private static String hosts(int count) {
        return count == 1 ? "1 host" : String.format(Locale.ROOT, "%,d hosts", count);
    }

    private static String name(FlowRow row) {
        return safe(row.host().name());
    }

    /** A host name comes from another host. */
    private static String safe(String text) {
        return Cell.of(text).text();
    }
}
