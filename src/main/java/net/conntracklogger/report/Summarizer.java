// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Makes summaries. Not thread-safe. Asks the log for few fields at a time, because the number of groups decides how much memory that takes. */
public final class Summarizer {
    /** Lengths of buckets, of which the first that yields at most {@link #MOST_BUCKETS} is taken. */
    private static final List<Long> BUCKETS = List.of(
            TimeUnit.SECONDS.toMicros(1),
            TimeUnit.SECONDS.toMicros(10),
            TimeUnit.MINUTES.toMicros(1),
            TimeUnit.MINUTES.toMicros(5),
            TimeUnit.MINUTES.toMicros(15),
            TimeUnit.HOURS.toMicros(1),
            TimeUnit.HOURS.toMicros(6),
            TimeUnit.DAYS.toMicros(1),
            TimeUnit.DAYS.toMicros(7));

    private static final int MOST_BUCKETS = 150;
    /** Reasons that say that there is no process, or none on this host. */
    private static final Set<String> NO_OWNER = Set.of("forwarded", "kernel", "no-listener");

    private final FlowLog log;
    private final int most;
    private boolean endsOnly;
    private Repeats repeats = new Repeats(List.of());

    /** @param most maximum number of rows of a ranking */
    public Summarizer(FlowLog log, int most) {
        this.log = log;
        this.most = most;
    }

    /** Sums up the flows that meet a query. */
    public Summary sum(FlowQuery query) throws IOException {
        Coverage coverage = log.coverage(query.span());
        endsOnly = Groups.hasEndsOnly(log, query);
        long bucket = bucketLength(query.span(), coverage);
        repeats = Repeats.of(log, query, coverage, bucket);
        Groups owners = Groups.of(log, query, endsOnly, repeats, PID_SERVICE, PID_EXE, PID_REASON);
        Groups unattributed = owners.where(it -> it.get(PID_REASON) != null && !NO_OWNER.contains(it.get(PID_REASON)));
        Ranking ports = rank(Groups.of(log, query, endsOnly, repeats, FLOW_PROTO, FLOW_DPORT, FLOW_DIRECTION)
                .shares(FLOW_PROTO, FLOW_DPORT, FLOW_DIRECTION));
        Groups destinations = Groups.of(
                log,
                query,
                endsOnly,
                repeats,
                PID_SERVICE,
                FLOW_DIRECTION,
                FLOW_DST,
                FLOW_DPORT,
                FLOW_PROTO,
                FLOW_DNAME);
        boolean reaches = coverage.reaches(query.span().since());
        return new Summary(
                query.span(),
                owners.flows(),
                unattributed.flows(),
                coverage,
                bucket,
                buckets(query, bucket),
                rank(owners.shares(PID_SERVICE)),
                rank(owners.shares(PID_EXE, PID_SERVICE)),
                rank(destinations.shares(FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME)),
                ports,
                rank(destinations.where(it -> it.get(FLOW_DNAME) != null).shares(FLOW_DNAME)),
                links(query, destinations),
                rank(unattributed.shares(PID_REASON)),
                reaches ? firstSeen(query, destinations) : rank(List.of()),
                reaches ? coverage.since() : Long.MAX_VALUE);
    }

    private Ranking rank(List<Share> shares) {
        return Ranking.of(shares, most);
    }

    /** The far side of an inbound flow is its source. */
    private Ranking links(FlowQuery query, Groups destinations) throws IOException {
        List<Share> shares = new ArrayList<>(destinations
                .where(it -> !"inbound".equals(it.get(FLOW_DIRECTION)))
                .shares(PID_SERVICE, FLOW_DIRECTION, FLOW_DST, FLOW_DNAME));
        shares.addAll(Groups.of(log, query, endsOnly, repeats, PID_SERVICE, FLOW_DIRECTION, FLOW_SRC)
                .where(it -> "inbound".equals(it.get(FLOW_DIRECTION)))
                .shares(PID_SERVICE, FLOW_DIRECTION, FLOW_SRC, null));
        return rank(shares);
    }

    private List<Summary.Bucket> buckets(FlowQuery query, long length) throws IOException {
        List<Summary.Bucket> buckets = new ArrayList<>();
        List<JournalField> by = List.of(FLOW_DIRECTION, FLOW_EVENT);
        List<Totals> all = new ArrayList<>(log.totals(query, new Grouping(by, length)));
        all.addAll(repeats.by(by));
        for (Totals totals : all) {
            if (Groups.isBegin(totals.key().get(1), endsOnly)) {
                buckets.add(new Summary.Bucket(totals.bucket(), totals.key().get(0), totals.rows()));
            }
        }
        return Summary.Bucket.joined(buckets);
    }

    private static long bucketLength(TimeSpan span, Coverage coverage) {
        long since = Math.max(span.since(), Math.min(coverage.since(), span.until()));
        long length = Math.min(span.until(), Math.max(coverage.until(), since + 1)) - since;
        return BUCKETS.stream()
                .filter(bucket -> length / bucket < MOST_BUCKETS)
                .findFirst()
                .orElse(BUCKETS.get(BUCKETS.size() - 1));
    }

    /** Outbound destinations that no flow before the span went to. */
    private Ranking firstSeen(FlowQuery query, Groups destinations) throws IOException {
        Set<String> known = new HashSet<>();
        FlowQuery before = query.during(new TimeSpan(0, query.span().since()));
        log.totals(before, Grouping.by(FLOW_DST))
                .forEach(totals -> known.add(totals.key().get(0)));
        return rank(destinations
                .where(it -> "outbound".equals(it.get(FLOW_DIRECTION)) && !known.contains(it.get(FLOW_DST)))
                .shares(FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME, PID_SERVICE));
    }
}
