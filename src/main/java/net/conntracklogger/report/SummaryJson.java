// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import net.conntracklogger.answer.Doubt;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.GapJson;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.output.JsonText;

/**
 * Writes a report as one JSON object on one line. Times are microseconds since the epoch; an unknown value has no member.
 * {@code <} is escaped, so that the object can stand in a page.
 */
public final class SummaryJson {
    private static final List<JournalField> OF_A_FLOW = Arrays.stream(JournalField.values())
            .filter(field -> field.name().matches("(FLOW|PID|PEER)(_.*)?"))
            .toList();

    private final StringBuilder json = new StringBuilder();

    private SummaryJson() {}

    /** Returns the object. */
    public static String of(Report report) {
        SummaryJson writer = new SummaryJson();
        writer.json.append('{');
        writer.origin(report.origin());
        writer.head(report);
        writer.rankings(report.summary());
        writer.newest(report.newest());
        return writer.json.append('}').toString().replace("<", "\\u003c");
    }

    private void origin(Origin origin) {
        json.append("\"made\":").append(origin.made());
        member("zone", origin.zone().getId());
        member("host", origin.host());
        member(
                "directory",
                origin.directory() == null ? null : origin.directory().toString());
        member("version", origin.version());
    }

    private void head(Report report) {
        Summary summary = report.summary();
        json.append(",\"since\":").append(summary.span().since());
        json.append(",\"until\":").append(summary.span().until());
        array("criteria", report.criteria(), criterion -> JsonText.append(json, criterion.text()));
        json.append(",\"flows\":").append(summary.flows());
        json.append(",\"unattributed\":").append(summary.unattributed());
        if (summary.unchecked() > 0) {
            json.append(",\"perhaps_repeated\":").append(summary.unchecked());
        }
        if (summary.unlisted() > 0) {
            json.append(",\"unlisted\":").append(summary.unlisted());
        }
        if (summary.coverage().since() != Long.MAX_VALUE) {
            json.append(",\"log_since\":").append(summary.coverage().since());
            json.append(",\"log_until\":").append(summary.coverage().until());
        }
        if (report.completeUntil() > 0) {
            json.append(",\"complete_until\":").append(report.completeUntil());
        }
        array("gaps", report.gaps(), this::gap);
        array("doubts", report.doubts(), this::doubt);
        json.append(",\"bucket\":").append(summary.bucketMicros());
        buckets(summary.buckets());
    }

    private void rankings(Summary summary) {
        ranking("services", summary.services(), "service");
        ranking("processes", summary.processes(), "exe", "service");
        ranking("destinations", summary.destinations(), "address", "port", "proto", "name");
        ranking("ports", summary.ports(), "proto", "port", "direction");
        ranking("names", summary.names(), "name");
        ranking("links", summary.links(), "service", "direction", "address", "name");
        picture(summary.picture());
        ranking("reasons", summary.reasons(), "reason");
        ranking("watch_hits", summary.watchHits(), "address", "port", "proto", "name", "service", "direction", "watch");
        ranking("unexpected", summary.unexpected(), "address", "port", "proto", "name", "service", "direction");
        ranking("refused", summary.refused(), "service", "address", "port", "proto", "name");
        if (summary.firstSeenSince() != Long.MAX_VALUE) {
            json.append(",\"first_seen_since\":").append(summary.firstSeenSince());
            ranking("first_seen", summary.firstSeen(), "address", "port", "proto", "name", "service");
        }
    }

    private <T> void array(String name, List<T> elements, Consumer<T> writer) {
        json.append(",\"").append(name).append("\":");
        elements(elements, writer);
    }

    private <T> void elements(List<T> elements, Consumer<T> writer) {
        json.append('[');
        for (Iterator<T> all = elements.iterator(); all.hasNext(); ) {
            writer.accept(all.next());
            json.append(all.hasNext() ? "," : "");
        }
        json.append(']');
    }

    private void gap(Gap gap) {
        GapJson.append(json.append('{'), gap);
        member("where", gap.detail().isEmpty() ? null : gap.detail());
        json.append('}');
    }

    private void doubt(Doubt doubt) {
        json.append("{\"kind\":\"")
                .append(doubt.kind().name().toLowerCase(Locale.ROOT))
                .append('"');
        if (doubt.time() > 0) {
            json.append(",\"time\":").append(doubt.time());
        }
        json.append('}');
    }

    /** Writes an element for each time. */
    private void buckets(List<Summary.Bucket> buckets) {
        Map<Long, List<Summary.Bucket>> byTime = new TreeMap<>();
        buckets.forEach(bucket ->
                byTime.computeIfAbsent(bucket.time(), time -> new ArrayList<>()).add(bucket));
        array("buckets", List.copyOf(byTime.entrySet()), bucket -> {
            long flows =
                    bucket.getValue().stream().mapToLong(Summary.Bucket::flows).sum();
            json.append("{\"time\":")
                    .append(bucket.getKey())
                    .append(",\"flows\":")
                    .append(flows);
            for (Summary.Bucket one : bucket.getValue()) {
                String direction = Objects.requireNonNullElse(one.direction(), "unknown");
                JsonText.append(json.append(','), direction);
                json.append(':').append(one.flows());
            }
            json.append('}');
        });
    }

    private void picture(Picture picture) {
        json.append(",\"picture\":{\"other_services\":").append(picture.otherServices());
        json.append(",\"other_peers\":").append(picture.otherPeers());
        array("services", picture.services(), service -> {
            json.append('{');
            first("service", service.name());
            json.append('}');
        });
        array("peers", picture.peers(), peer -> {
            json.append('{');
            first("name", peer.name());
            first("address", peer.address());
            json.append('}');
        });
        array("links", picture.links(), this::link);
        json.append('}');
    }

    private void link(Picture.Link link) {
        json.append("{\"flows\":").append(link.flows());
        if (link.service() != Picture.OTHER) {
            json.append(",\"service\":").append(link.service());
        }
        if (link.peer() != Picture.OTHER) {
            json.append(",\"peer\":").append(link.peer());
        }
        member("direction", link.direction());
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

    /** Writes flows as rows of values. The names of their fields are longer than most values. */
    private void newest(List<FlowRow> flows) {
        List<JournalField> present = OF_A_FLOW.stream()
                .filter(field -> flows.stream().anyMatch(flow -> flow.get(field) != null))
                .toList();
        json.append(",\"newest\":{\"fields\":");
        elements(present, field -> JsonText.append(json, field.name()));
        array(
                "rows",
                flows,
                flow -> elements(present, field -> {
                    String value = flow.get(field);
                    if (value == null) {
                        json.append("null");
                    } else {
                        JsonText.append(json, value);
                    }
                }));
        json.append('}');
    }

    private void member(String name, String value) {
        if (value != null) {
            JsonText.append(json.append(",\"").append(name).append("\":"), value);
        }
    }

    /** Writes the only member of an object. */
    private void first(String name, String value) {
        if (value != null) {
            JsonText.append(json.append('"').append(name).append("\":"), value);
        }
    }
}
