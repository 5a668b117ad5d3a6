// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.output.JsonText;

/**
 * Writes a summary as one JSON object on one line. Times are microseconds since the epoch; an unknown value has no member.
 * {@code <} is escaped, so that the object can stand in a page.
 */
public final class SummaryJson {
    private final StringBuilder json = new StringBuilder();

    private SummaryJson() {}

    /** Returns the object. */
    public static String of(Summary summary) {
        SummaryJson writer = new SummaryJson();
        writer.write(summary);
        return writer.json.toString().replace("<", "\\u003c");
    }

    private void write(Summary summary) {
        json.append("{\"since\":").append(summary.span().since());
        json.append(",\"until\":").append(summary.span().until());
        json.append(",\"flows\":").append(summary.flows());
        json.append(",\"unattributed\":").append(summary.unattributed());
        if (summary.unchecked() > 0) {
            json.append(",\"perhaps_repeated\":").append(summary.unchecked());
        }
        if (summary.coverage().since() != Long.MAX_VALUE) {
            json.append(",\"log_since\":").append(summary.coverage().since());
            json.append(",\"log_until\":").append(summary.coverage().until());
        }
        array("gaps", summary.coverage().gaps(), this::gap);
        json.append(",\"bucket\":").append(summary.bucketMicros());
        array("buckets", summary.buckets(), this::bucket);
        ranking("services", summary.services(), "service");
        ranking("processes", summary.processes(), "exe", "service");
        ranking("destinations", summary.destinations(), "address", "port", "proto", "name");
        ranking("ports", summary.ports(), "proto", "port", "direction");
        ranking("names", summary.names(), "name");
        ranking("links", summary.links(), "service", "direction", "address", "name");
        ranking("reasons", summary.reasons(), "reason");
        if (summary.firstSeenSince() != Long.MAX_VALUE) {
            json.append(",\"first_seen_since\":").append(summary.firstSeenSince());
            ranking("first_seen", summary.firstSeen(), "address", "port", "proto", "name", "service");
        }
        json.append('}');
    }

    private <T> void array(String name, List<T> elements, Consumer<T> writer) {
        json.append(",\"").append(name).append("\":[");
        for (Iterator<T> all = elements.iterator(); all.hasNext(); ) {
            writer.accept(all.next());
            json.append(all.hasNext() ? "," : "");
        }
        json.append(']');
    }

    private void gap(Gap gap) {
        json.append("{\"kind\":\"")
                .append(gap.kind().name().toLowerCase(Locale.ROOT))
                .append('"');
        if (gap.since() > 0) {
            json.append(",\"since\":").append(gap.since());
        }
        if (gap.until() != Long.MAX_VALUE) {
            json.append(",\"until\":").append(gap.until());
        }
        if (gap.count() != Gap.UNKNOWN) {
            json.append(",\"count\":").append(gap.count());
        }
        member("where", gap.detail().isEmpty() ? null : gap.detail());
        json.append('}');
    }

    private void bucket(Summary.Bucket bucket) {
        json.append("{\"time\":").append(bucket.time()).append(",\"flows\":").append(bucket.flows());
        member("direction", bucket.direction());
        json.append('}');
    }

    private void ranking(String name, Ranking ranking, String... keys) {
        array(name, ranking.shares(), share -> {
            json.append("{\"flows\":").append(share.flows());
            json.append(",\"sent\":").append(share.sent());
            json.append(",\"received\":").append(share.received());
            json.append(",\"first\":").append(share.first());
            json.append(",\"last\":").append(share.last());
            for (int i = 0; i < keys.length; i++) {
                member(keys[i], share.key().get(i));
            }
            json.append('}');
        });
        json.append(",\"").append(name).append("_in_all\":").append(ranking.groups());
    }

    private void member(String name, String value) {
        if (value != null) {
            JsonText.append(json.append(",\"").append(name).append("\":"), value);
        }
    }
}
