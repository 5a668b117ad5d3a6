// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;

/**
 * A question for the log: which flows existed in a span of time.
 *
 * @param criteria conditions that a flow must all meet; none: every flow
 * @param span {@code since} is 0 if the question reaches back as far as the log
 */
public record Question(List<Criterion> criteria, TimeSpan span) {
    public Question {
        criteria = List.copyOf(criteria);
    }

    /** Reports whether the question reaches back as far as the log. */
    public boolean isOpen() {
        return span.since() == 0;
    }

    /** Returns the protocol that the flows have, if the question says so. */
    public Optional<Protocol> protocol() {
        return criteria.stream()
                .filter(Criterion.Sides.class::isInstance)
                .map(sides -> ((Criterion.Sides) sides).tuple().protocol())
                .findFirst();
    }

    /** Returns the query for the log. */
    public FlowQuery query() {
        FlowQuery query = FlowQuery.in(span);
        for (Criterion criterion : criteria) {
            query = criterion.addTo(query);
        }
        return query;
    }

    /** Returns the words for the flows in a sentence: {@code "flow"}, or {@code "flow of 192.0.2.1:443 and pid 5"}. */
    public String text() {
        return criteria.isEmpty()
                ? "flow"
                : criteria.stream().map(Criterion::text).collect(Collectors.joining(" and ", "flow of ", ""));
    }
}
