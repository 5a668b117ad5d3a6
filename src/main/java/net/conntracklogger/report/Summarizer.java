// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.answer.LogWitness;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;

/** Makes summaries. Not thread-safe. Counts by few fields each, because the number of groups decides how much memory that takes. */
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
    /** Some 40 MB of the heap. A start of the service logs as many flows as are open. */
    private static final int MOST_REMEMBERED = 250_000;
    /** Some 120 MB of the heap if both directions have as many far sides. */
    private static final int MOST_GROUPS = 200_000;
    /** Fields that have any number of values, as those who make flows like. */
    private static final Set<JournalField> VARIED = Set.of(PID_EXE, FLOW_SRC, FLOW_DST, FLOW_DPORT, FLOW_DNAME);

    private static final List<JournalField> OWNERS = List.of(PID_SERVICE, PID_EXE, PID_REASON, FLOW_EVENT);
    private static final List<JournalField> PORTS = List.of(FLOW_PROTO, FLOW_DPORT, FLOW_DIRECTION, FLOW_EVENT);
    private static final List<JournalField> DESTINATIONS = List.of(
            PID_SERVICE,
            FLOW_DIRECTION,
            FLOW_DST,
            FLOW_DPORT,
            FLOW_PROTO,
            FLOW_DNAME,
            FLOW_WATCH,
            FLOW_UNEXPECTED,
            FLOW_EVENT);
    private static final List<JournalField> SOURCES = List.of(
            PID_SERVICE, FLOW_DIRECTION, FLOW_SRC, FLOW_DPORT, FLOW_PROTO, FLOW_WATCH, FLOW_UNEXPECTED, FLOW_EVENT);
    private static final List<JournalField> DIRECTIONS = List.of(FLOW_DIRECTION, FLOW_EVENT);

    private static final JournalField[] PEER = {
        FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME, PID_SERVICE, FLOW_DIRECTION
    };
    private static final JournalField[] WATCHED = {
        FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME, PID_SERVICE, FLOW_DIRECTION, FLOW_WATCH
    };

    private final FlowLog log;
    private final int most;
    private final int mostRemembered;
    private final int mostGroups;

    /** @param most maximum number of rows of a ranking */
    public Summarizer(FlowLog log, int most) {
        this(log, most, MOST_REMEMBERED, MOST_GROUPS);
    }

    /**
     * Makes summaries within bounds.
     *
     * @param mostRemembered maximum number of existing flows, and of those that last, that are remembered to count each once
     * @param mostGroups maximum number of groups of a grouping
     */
    Summarizer(FlowLog log, int most, int mostRemembered, int mostGroups) {
        this.log = log;
        this.most = most;
        this.mostRemembered = mostRemembered;
        this.mostGroups = mostGroups;
    }

    /** Flows as they are counted: by several groupings, each event of a flow once. */
    private static final class Counted {
        private final Map<List<JournalField>, Groups> groups = new HashMap<>();
        private final List<Summary.Bucket> buckets = new ArrayList<>();

        Counted(FlowLog log, FlowQuery query, List<Grouping> groupings, Repeats repeats) throws IOException {
            List<List<Totals>> totals = log.totals(query, groupings);
            boolean endsOnly = Groups.hasEndsOnly(totals.get(0));
            repeats.find(log, totals.get(0));
            for (int i = 0; i < groupings.size(); i++) {
                List<JournalField> fields = groupings.get(i).by();
                List<Totals> events = repeats.takenFrom(totals.get(i), i);
                groups.put(fields, Groups.of(fields, events, endsOnly));
                if (groupings.get(i).bucket() > 0) {
                    count(events, endsOnly);
                }
            }
        }

        private void count(List<Totals> events, boolean endsOnly) {
            for (Totals one : events) {
                if (!Groups.isRefused(one) && Groups.isBegin(one.key().get(1), endsOnly)) {
                    buckets.add(new Summary.Bucket(one.bucket(), one.key().get(0), one.flows()));
                }
            }
        }

        Groups by(List<JournalField> fields) {
            return groups.get(fields).flowsOnly();
        }

        /** Returns the attempts that did not become flows. */
        Groups refused(List<JournalField> fields) {
            return groups.get(fields).refusedOnly();
        }

        /** Returns the flows, and the attempts that did not become flows, by their far side. */
        Peers attempts() {
            return Peers.of(groups.get(DESTINATIONS), groups.get(SOURCES));
        }

        List<Summary.Bucket> buckets() {
            return Summary.Bucket.joined(buckets);
        }

        /** Returns the number of flows that have no group of their own. Different ones may lack each of the groupings. */
        long unlisted() {
            long ofPeers = attempts().flowsOnly().others();
            return Math.max(
                    ofPeers, Math.max(by(OWNERS).others(PID_EXE), by(PORTS).others(FLOW_DPORT)));
        }
    }

    /** Sums up the flows that meet a query. */
    public Summary sum(FlowQuery query) throws IOException {
        Coverage coverage = log.coverage(query.span());
        long bucket = bucketLength(query.span(), coverage);
        List<Grouping> groupings = groupings(bucket);
        Repeats repeats = new Repeats(query, coverage, groupings, mostRemembered);
        Counted counted = new Counted(log, query, groupings, repeats);
        Groups owners = counted.by(OWNERS);
        Groups unattributed = owners.where(PID_REASON, Summarizer::isMissed);
        Groups destinations = counted.by(DESTINATIONS);
        Peers attempts = counted.attempts();
        Collection<Share> links =
                Ranking.sums(attempts.flowsOnly().shares(PID_SERVICE, FLOW_DIRECTION, FLOW_DST, FLOW_DNAME));
        return new Summary(
                query.span(),
                owners.flows(),
                unattributed.flows(),
                repeats.unchecked(),
                counted.unlisted(),
                coverage,
                bucket,
                counted.buckets(),
                rank(owners.shares(PID_SERVICE)),
                rank(owners.shares(PID_EXE, PID_SERVICE)),
                rank(destinations.shares(FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME)),
                rank(counted.by(PORTS).shares(FLOW_PROTO, FLOW_DPORT, FLOW_DIRECTION)),
                rank(destinations.where(FLOW_DNAME, Summarizer::isKnown).shares(FLOW_DNAME)),
                Ranking.ofSums(links, most),
                Picture.of(links),
                rank(unattributed.shares(PID_REASON)),
                rank(attempts.where(FLOW_WATCH, Objects::nonNull).shares(WATCHED)),
                rank(attempts.where(FLOW_UNEXPECTED, Objects::nonNull).shares(PEER)),
                rank(counted.refused(DESTINATIONS).shares(PID_SERVICE, FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME)),
                firstSeen(query, coverage, destinations),
                coverage.reaches(query.span().since()) ? coverage.since() : Long.MAX_VALUE);
    }

    /** Reports whether a reason says that a process is missed. None is if a summary has those of several. */
    private static boolean isMissed(String reason) {
        return reason != null
                && !LogWitness.CERTAIN_REASONS.contains(reason)
                && !reason.equals(Unattributed.SEVERAL.text());
    }

    private static boolean isKnown(String value) {
        return value != null && !value.equals(Totals.OTHERS);
    }

    private List<Grouping> groupings(long bucket) {
        return List.of(
                limited(OWNERS),
                limited(PORTS),
                limited(DESTINATIONS),
                limited(SOURCES),
                new Grouping(DIRECTIONS, bucket));
    }

    private Grouping limited(List<JournalField> fields) {
        return new Grouping(fields, 0).limited(mostGroups, VARIED);
    }

    private Ranking rank(List<Share> shares) {
        return Ranking.of(shares, most);
    }

    private static long bucketLength(TimeSpan span, Coverage coverage) {
        long since = Math.max(span.since(), Math.min(coverage.since(), span.until()));
        long length = Math.min(span.until(), Math.max(coverage.until(), since + 1)) - since;
        return BUCKETS.stream()
                .filter(bucket -> length / bucket < MOST_BUCKETS)
                .findFirst()
                .orElse(BUCKETS.get(BUCKETS.size() - 1));
    }

    /** Outbound destinations that no flow before the span went to. None if the log does not reach back to the span. */
    private Ranking firstSeen(FlowQuery query, Coverage coverage, Groups destinations) throws IOException {
        if (!coverage.reaches(query.span().since())) {
            return rank(List.of());
        }
        Groups outbound = destinations.where(FLOW_DIRECTION, "outbound"::equals).where(FLOW_DST, Summarizer::isKnown);
        Set<String> known = log.valuesAmong(
                outbound.values(FLOW_DST),
                query.during(new TimeSpan(0, query.span().since())),
                FLOW_DST);
        return rank(outbound.where(FLOW_DST, destination -> !known.contains(destination))
                .shares(FLOW_DST, FLOW_DPORT, FLOW_PROTO, FLOW_DNAME, PID_SERVICE));
    }
}
