// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.TimeSpan;

/**
 * Who talked to whom in a span, as a report or picture needs it.
 *
 * @param span the span that was asked for
 * @param flows number of flows
 * @param unattributed those whose owner is unknown, although there is one
 * @param unchecked events of existing flows that count as flows, although the flow may be counted already: the service started
 *     with more open flows than a summary remembers
 * @param unlisted flows whose peer, port or executable has no totals of its own: they are too many. A share of a peer, port or
 *     executable may lack some of them
 * @param coverage how far the log reaches, and its gaps
 * @param bucketMicros length of a bucket
 * @param buckets flows by bucket of time and direction; only those that have flows
 * @param services by unit
 * @param processes by executable and unit
 * @param destinations by address, port, protocol and name
 * @param ports by protocol, port and direction
 * @param names by destination name
 * @param links by unit, direction and peer
 * @param picture the links as a picture shows them
 * @param reasons unattributed flows by reason
 * @param watchHits flows and refused attempts with a peer on a watch list, by list, direction, address, port, protocol, name and
 *     unit
 * @param unexpected flows and refused attempts that an expectation does not allow, by the same without the list
 * @param refused attempts that did not become flows, by unit, address, port, protocol and name
 * @param firstSeen destinations that no flow in the log went to before the span, even if attempts were refused; their share is
 *     that of the span
 * @param firstSeenSince from when on the log was searched for earlier flows; {@link Long#MAX_VALUE}: it begins in the span, so
 *     that nothing is known to be new
 */
public record Summary(
        TimeSpan span,
        long flows,
        long unattributed,
        long unchecked,
        long unlisted,
        Coverage coverage,
        long bucketMicros,
        List<Bucket> buckets,
        Ranking services,
        Ranking processes,
        Ranking destinations,
        Ranking ports,
        Ranking names,
        Ranking links,
        Picture picture,
        Ranking reasons,
        Ranking watchHits,
        Ranking unexpected,
        Ranking refused,
        Ranking firstSeen,
        long firstSeenSince) {

    /**
     * Flows of one direction that began in one bucket of time.
     *
     * @param time begin of the bucket, microseconds since the epoch
     * @param direction FLOW_DIRECTION; null if unknown
     */
    public record Bucket(long time, String direction, long flows) {
        /** Returns one bucket for each time and direction, in the order of time. */
        static List<Bucket> joined(List<Bucket> parts) {
            Map<List<Object>, Bucket> sums = new HashMap<>();
            for (Bucket part : parts) {
                List<Object> key = List.of(part.time, String.valueOf(part.direction));
                sums.merge(key, part, (a, b) -> new Bucket(a.time, a.direction, a.flows + b.flows));
            }
            List<Bucket> joined = new ArrayList<>(sums.values());
            joined.sort(Comparator.comparingLong(Bucket::time).thenComparing(it -> String.valueOf(it.direction)));
            return joined;
        }
    }
}
