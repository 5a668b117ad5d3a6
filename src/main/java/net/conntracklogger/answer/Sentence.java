// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.FLOW_COUNT;
import static net.conntracklogger.entry.JournalField.FLOW_LAST;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;

/** Says a verdict in one sentence. */
public final class Sentence {
    /** A sentence names that many gaps and doubts, and counts the others. */
    private static final int MOST_CLAUSES = 3;

    /** Of gaps that may only hide more, the first is enough. */
    private static final int MOST_GAPS_BESIDE_FLOWS = 1;

    private final Moments moments;
    private final GapText gaps;

    public Sentence(Moments moments) {
        this.moments = moments;
        this.gaps = new GapText(moments);
    }

    /** Returns the sentence, with a full stop. */
    public String of(Verdict verdict) {
        if (verdict instanceof Verdict.Found found) {
            return "Found: " + found(found) + ".";
        }
        if (verdict instanceof Verdict.Complete complete) {
            return "Not seen: no " + complete.question().text() + " began between "
                    + moments.span(complete.since(), complete.until(), "and")
                    + (complete.question().isOpen() ? ", which is all that the log has" : "")
                    + ", and the log is complete there.";
        }
        if (verdict instanceof Verdict.Blind blind) {
            return "Not seen, but the log may lack it: " + clauses(blind.gaps(), blind.doubts(), MOST_CLAUSES, "reason")
                    + ".";
        }
        if (verdict instanceof Verdict.TooOld tooOld) {
            return tooOld.since() == Long.MAX_VALUE
                    ? "Not seen, but the log has no entry of conntrack-logger at all."
                    : "Not seen, but the log reaches back only to " + moments.zoned(tooOld.since()) + ".";
        }
        return "Not known: " + ((Verdict.NotPermitted) verdict).reason() + ".";
    }

    private String found(Verdict.Found found) {
        List<FlowRow> flows = found.flows().stream()
                .filter(row -> row.get(FLOW_COUNT) == null)
                .toList();
        List<FlowRow> summaries = found.flows().stream()
                .filter(row -> row.get(FLOW_COUNT) != null)
                .toList();
        StringBuilder text = flows.isEmpty() ? counted(found, summaries) : single(found, flows);
        if (!flows.isEmpty() && !summaries.isEmpty()) {
            text.append(", and ").append(sum(summaries)).append(" more until ").append(moments.zoned(last(summaries)));
        }
        if (!found.gaps().isEmpty()) {
            text.append("; more may be missing: ")
                    .append(clauses(found.gaps(), List.of(), MOST_GAPS_BESIDE_FLOWS, "gap"));
        }
        return text.toString();
    }

    private static long sum(List<FlowRow> summaries) {
        return summaries.stream().mapToLong(FlowRow::flows).sum();
    }

    private static long last(List<FlowRow> summaries) {
        return summaries.stream()
                .mapToLong(row -> row.number(FLOW_LAST, row.time()))
                .max()
                .orElseThrow();
    }

    /** Says what summaries alone have found. */
    private StringBuilder counted(Verdict.Found found, List<FlowRow> summaries) {
        StringBuilder text = new StringBuilder(found.all() ? "" : "more than ");
        text.append(sum(summaries)).append(' ').append(found.question().text().replaceFirst("^flow", "flows"));
        text.append(" began between ").append(moments.span(summaries.get(0).begin(), last(summaries), "and"));
        String service = FlowText.service(summaries.get(0));
        if (summaries.size() == 1 && !service.isEmpty()) {
            text.append(", of ").append(service);
        }
        return text;
    }

    private StringBuilder single(Verdict.Found found, List<FlowRow> flows) {
        long first = flows.get(0).begin();
        long last = flows.get(flows.size() - 1).begin();
        StringBuilder text = new StringBuilder();
        String subject = found.question().text();
        if (flows.size() == 1 && found.all()) {
            text.append("1 ").append(subject).append(verb(flows)).append(moments.zoned(first));
            appendOwner(text, flows.get(0));
        } else if (found.all()) {
            text.append(flows.size()).append(' ').append(subject.replaceFirst("^flow", "flows"));
            text.append(verb(flows)).append("between ").append(moments.span(first, last, "and"));
        } else {
            text.append("more than ").append(flows.size()).append(' ');
            text.append(subject.replaceFirst("^flow", "flows"))
                    .append("; the last ")
                    .append(flows.size());
            text.append(verb(flows)).append("between ").append(moments.span(first, last, "and"));
        }
        return text.append(refusedAmong(flows));
    }

    /** Returns the verb for flows, between spaces: they began, or the host refused them. */
    public static String verb(List<FlowRow> flows) {
        long refused = refused(flows);
        if (refused == 0) {
            return " began ";
        }
        return refused < flows.size() ? " were attempted " : refused == 1 ? " was refused " : " were refused ";
    }

    /** Returns a clause about the refused ones among flows. It is empty if all were refused, or none. */
    public static String refusedAmong(List<FlowRow> flows) {
        long refused = refused(flows);
        if (refused == 0 || refused == flows.size()) {
            return "";
        }
        return "; " + refused + (refused == 1 ? " of them was refused" : " of them were refused");
    }

    private static long refused(List<FlowRow> flows) {
        return flows.stream().filter(FlowRow::isRefused).count();
    }

    /** Appends which process opened or accepted a flow. */
    public static void appendOwner(StringBuilder text, FlowRow row) {
        if (row.isRefused()) {
            text.append(" (")
                    .append(FlowText.value(row, JournalField.FLOW_REASON))
                    .append(')');
        }
        if (row.get(JournalField.PID) == null) {
            text.append(", its process is unknown");
            if (row.get(JournalField.PID_REASON) != null) {
                text.append(" (").append(row.get(JournalField.PID_REASON)).append(')');
            }
        } else {
            boolean inbound = "inbound".equals(row.get(JournalField.FLOW_DIRECTION));
            text.append(inbound ? ", accepted by " : row.isRefused() ? ", attempted by " : ", opened by ")
                    .append(FlowText.process(row));
        }
        if (!FlowText.service(row).isEmpty()) {
            text.append(" of ").append(FlowText.service(row));
        }
        if (!FlowText.user(row).isEmpty()) {
            text.append(" as ").append(FlowText.user(row));
        }
    }

    private String clauses(List<Gap> known, List<Doubt> doubts, int most, String kind) {
        List<String> clauses = new ArrayList<>();
        known.forEach(gap -> clauses.add(gaps.clause(gap)));
        doubts.forEach(doubt -> clauses.add(clause(doubt)));
        return join(clauses, most, kind);
    }

    /** Returns the first clauses, and how many more of their kind there are. */
    public static String join(List<String> clauses, int most, String kind) {
        int others = clauses.size() - most;
        String text = String.join("; ", clauses.subList(0, Math.min(clauses.size(), most)));
        return others > 0 ? text + "; and " + others + " more " + kind + (others == 1 ? "" : "s") : text;
    }

    /** Returns the words for a doubt in a sentence. */
    public String clause(Doubt doubt) {
        return switch (doubt.kind()) {
            case OTHER_HOST ->
                "this log is not that of the running system, and which flows its service logs is unknown";
            case CONFIGURATION_UNKNOWN -> "the configuration cannot be read, and may exclude it";
            case NOT_RUNNING -> "nothing shows that the service ran after " + moments.zoned(doubt.time());
            case NOT_COUNTED ->
                doubt.time() == 0
                        ? "the service has counted no flows that could be compared with it"
                        : "no count of the service shows that none is missing after " + moments.zoned(doubt.time());
            case CONFIGURATION_CHANGED ->
                "the configuration changed at " + moments.zoned(doubt.time()) + ", and may have excluded it before";
            case PROTOCOLS -> "only some protocols are logged (Protocols=)";
            case RULES -> "rules exclude some flows (Include=, Exclude=)";
            case EXCLUDED ->
                "the configuration excluded " + doubt.count() + (doubt.count() == 1 ? " flow" : " flows") + " there";
            case NO_BEGINS ->
                "the log has no begin of a flow at about that time, so flows may be logged when they end, and it may be open";
            case ENDS_ONLY -> "flows are logged when they end (Events=end), and it may be open";
            case UNATTRIBUTED ->
                "the owner of at least " + doubt.count() + (doubt.count() == 1 ? " flow" : " flows")
                        + " there is unknown";
            case UNNAMED ->
                "the name of at least " + doubt.count() + (doubt.count() == 1 ? " destination" : " destinations")
                        + " there is unknown";
            case SUMMARISED ->
                "it may be one of " + doubt.count() + (doubt.count() == 1 ? " flow" : " flows")
                        + " there that are only counted (Aggregate=, FloodRate=)";
            case NOT_YET -> "flows after " + moments.zoned(doubt.time()) + " may not be written yet";
        };
    }
}
