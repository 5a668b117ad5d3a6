// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.GapText;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Checks what the log of the last day says about itself: tracking, programs, owners, losses. */
final class LogChecks {
    private static final long DAY = TimeUnit.DAYS.toMicros(1);
    private static final long GOOD_PERCENT = 90;
    /** Reasons that say that there is no process, or none on this host. */
    private static final Set<String> NO_OWNER = Set.of("forwarded", "kernel", "no-listener");

    /** Between what a notice says and what that means for the log. */
    private static final String NOTICE_PART = "; ";

    private final FlowLog log;
    private final GapText gaps;
    private final long now;
    private final Coverage coverage;

    LogChecks(FlowLog log, GapText gaps, long now) throws IOException {
        this.log = log;
        this.gaps = gaps;
        this.now = now;
        coverage = log.coverage(new TimeSpan(now - DAY, Long.MAX_VALUE));
    }

    List<Finding> findings() throws IOException {
        if (coverage.since() == Long.MAX_VALUE) {
            return List.of(Finding.warn("log", "no entry of conntrack-logger yet", ""));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(tracking());
        findings.add(programs());
        findings.add(owners());
        findings.add(losses());
        selection().ifPresent(findings::add);
        return findings;
    }

    Coverage coverage() {
        return coverage;
    }

    private Finding tracking() {
        boolean off = coverage.gaps().stream()
                .anyMatch(gap -> gap.kind() == Gap.Kind.UNTRACKED && gap.until() == Long.MAX_VALUE);
        return off
                ? Finding.fail(
                        "tracking",
                        "connection tracking is inactive: no flows are logged",
                        "use conntrack in a rule, such as \"ct state new\" in nft(8), or set Tracking=auto")
                : Finding.ok("tracking", "active");
    }

    private Finding programs() throws IOException {
        Optional<FlowRow> last =
                last(TimeSpan.ALWAYS, MessageId.KERNEL_ATTRIBUTION, MessageId.KERNEL_ATTRIBUTION_REDUCED);
        if (last.isEmpty()) {
            return Finding.warn(
                    "BPF programs",
                    "the log does not say whether they are loaded",
                    "see Attribution= of the configuration");
        }
        String text = String.valueOf(last.get().get(MESSAGE));
        if (MessageId.KERNEL_ATTRIBUTION.text().equals(last.get().get(MESSAGE_ID))) {
            int effect = text.indexOf(NOTICE_PART);
            return effect < 0
                    ? Finding.ok("BPF programs", "attached")
                    : Finding.warn(
                            "BPF programs",
                            text.substring(effect + NOTICE_PART.length()),
                            "use a kernel that lets BPF programs trace functions (fexit)");
        }
        return Finding.warn("BPF programs", text, "journalctl -x -u conntrack-logger -p warning explains it");
    }

    private Finding owners() throws IOException {
        long known = 0;
        long all = 0;
        for (Totals totals : log.totals(
                FlowQuery.in(new TimeSpan(now - DAY, Long.MAX_VALUE)), Grouping.by(FLOW_EVENT, PID_REASON))) {
            if (FlowSummary.EVENT.equals(totals.key().get(0))) {
                continue; // its flows may have several owners
            }
            all += totals.flows();
            String reason = totals.key().get(1);
            known += reason == null || NO_OWNER.contains(reason) ? totals.flows() : 0;
        }
        if (all == 0) {
            return Finding.ok("owners", "no flow in the last day");
        }
        long percent = known * 100 / all;
        String text = "known for " + percent + " % of the " + all + " entries of the last day";
        return percent >= GOOD_PERCENT
                ? Finding.ok("owners", text)
                : Finding.warn("owners", text, "conntrack-logger report --since=-1d shows the reasons");
    }

    /** Returns what rules leave of the flows, by the last statistics of the day. Empty if no rule leaves out any. */
    private Optional<Finding> selection() throws IOException {
        return last(new TimeSpan(now - DAY, Long.MAX_VALUE), MessageId.STATISTICS)
                .filter(row -> row.number(STAT_EXCLUDED, 0) > 0)
                .map(row -> selection(row.number(STAT_EXCLUDED, 0), row.number(STAT_FLOWS, 0)));
    }

    private Optional<FlowRow> last(TimeSpan span, MessageId... kinds) throws IOException {
        List<String> ids = Arrays.stream(kinds).map(MessageId::text).toList();
        FlowRow[] last = {null};
        log.notices(span, row -> last[0] = ids.contains(String.valueOf(row.get(MESSAGE_ID))) ? row : last[0]);
        return Optional.ofNullable(last[0]);
    }

    static Finding selection(long excluded, long written) {
        String text = "rules left out " + excluded + " events since the service started, and " + written
                + " flow events were logged";
        return written == 0
                ? Finding.warn("selection", text, "see Include=, Exclude= and Protocols= of the configuration")
                : Finding.ok("selection", text);
    }

    private Finding losses() {
        List<Gap> known = coverage.gaps().stream()
                .filter(gap -> gap.kind() != Gap.Kind.UNTRACKED)
                .toList();
        if (known.isEmpty()) {
            return Finding.ok("gaps", "none in the last day");
        }
        String text = gaps.clause(known.get(known.size() - 1))
                + (known.size() == 1 ? "" : "; and " + (known.size() - 1) + " more in the last day");
        return Finding.warn("gaps", text, "journalctl -x -u conntrack-logger -p warning explains it");
    }
}
