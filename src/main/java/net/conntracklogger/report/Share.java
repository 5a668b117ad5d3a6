// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.List;

/**
 * What a group of flows has in common, and how many flows it has.
 *
 * @param key the values of the group; a null for an unknown one
 * @param flows number of flows
 * @param sent bytes of the original direction, as far as ends are logged
 * @param received bytes of the reply direction
 * @param first earliest begin of a flow, microseconds since the epoch
 * @param last latest begin of a flow
 */
public record Share(List<String> key, long flows, long sent, long received, long first, long last) {
    /** Returns this share with another key. */
    Share withKey(List<String> values) {
        return new Share(values, flows, sent, received, first, last);
    }

    /** Returns this share with another one of the same group. */
    Share plus(Share other) {
        return new Share(
                key,
                flows + other.flows,
                sent + other.sent,
                received + other.received,
                Math.min(first, other.first),
                Math.max(last, other.last));
    }
}
