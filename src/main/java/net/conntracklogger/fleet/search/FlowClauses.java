// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.fleet.template.FleetField;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.output.JsonText;

/** Writes conditions in the query language of OpenSearch and Elasticsearch. They admit more than a query at most, never less. */
final class FlowClauses {
    private FlowClauses() {}

    /** Returns the condition of flow events that meet a query. A set of addresses is no part of it. */
    static String of(FlowQuery query) {
        List<String> all = new ArrayList<>(List.of(exists(FLOW_EVENT.name()), exists(FleetField.MACHINE)));
        TimeSpan span = query.span();
        all.add(range(FleetField.TIME, span.since(), Long.MAX_VALUE));
        if (span.until() != Long.MAX_VALUE) {
            all.add(any(List.of(
                    range(FLOW_TIMESTAMP.name(), Long.MIN_VALUE, span.until()),
                    range(FleetField.TIME, Long.MIN_VALUE, span.until()))));
        }
        query.endpoints().forEach(endpoint -> all.add(end(endpoint)));
        add(all, query.communityId(), FLOW_COMMUNITY_ID, FLOW_REPLY_COMMUNITY_ID);
        if (query.service() != null) {
            all.add(any(FlowQuery.UNITS.stream()
                    .map(field -> unit(field.name(), query.service()))
                    .toList()));
        }
        add(all, query.pid() == 0 ? null : Long.toString(query.pid()), PID, PEER_PID);
        if (query.user() != null) {
            // A name is no value of a number.
            boolean number = query.user().matches("\\d{1,10}");
            add(all, query.user(), number ? new JournalField[] {PID_USER, PID_UID} : new JournalField[] {PID_USER});
        }
        add(all, query.event(), FLOW_EVENT);
        if (query.name() != null) {
            all.add(query.name().startsWith("*.") ? below(query.name()) : term(FLOW_DNAME.name(), query.name()));
        }
        return all(all);
    }

    private static String end(Endpoint endpoint) {
        return any(List.of(
                end(endpoint, FLOW_SRC, FLOW_SPORT),
                end(endpoint, FLOW_DST, FLOW_DPORT),
                end(endpoint, FLOW_REPLY_SRC, FLOW_REPLY_SPORT),
                end(endpoint, FLOW_REPLY_DST, FLOW_REPLY_DPORT)));
    }

    private static String end(Endpoint endpoint, JournalField address, JournalField port) {
        List<String> both = new ArrayList<>();
        if (endpoint.network() != null) {
            both.add(term(address.name(), endpoint.network() + (endpoint.isOneAddress() ? "" : "/" + endpoint.bits())));
        }
        if (endpoint.port() != Endpoint.ANY_PORT) {
            both.add(term(port.name(), Integer.toString(endpoint.port())));
        }
        return all(both);
    }

    private static void add(List<String> to, String value, JournalField... fields) {
        if (value != null) {
            to.add(any(Arrays.stream(fields)
                    .map(field -> term(field.name(), value))
                    .toList()));
        }
    }

    /** All of the conditions hold. */
    static String all(List<String> conditions) {
        return "{\"bool\":{\"filter\":[" + String.join(",", conditions) + "]}}";
    }

    /** One of the conditions holds. */
    static String any(List<String> conditions) {
        return "{\"bool\":{\"minimum_should_match\":1,\"should\":[" + String.join(",", conditions) + "]}}";
    }

    /** The condition does not hold. */
    static String not(String condition) {
        return "{\"bool\":{\"must_not\":[" + condition + "]}}";
    }

    /** The field is present. */
    static String exists(String field) {
        return "{\"exists\":{\"field\":\"" + field + "\"}}";
    }

    /** The field has a value. */
    static String term(String field, String value) {
        return "{\"term\":{\"" + field + "\":" + JsonText.quoted(value) + "}}";
    }

    /** The number is at least {@code since} and less than {@code until}. */
    static String range(String field, long since, long until) {
        return "{\"range\":{\"" + field + "\":{\"gte\":" + since + ",\"lt\":" + until + "}}}";
    }

    private static String unit(String field, UnitName unit) {
        return unit.isTemplate()
                ? "{\"prefix\":{\"" + field + "\":" + JsonText.quoted(unit.begin()) + "}}"
                : term(field, unit.text());
    }

    private static String below(String name) {
        return "{\"wildcard\":{\"" + FLOW_DNAME + "\":{\"value\":" + JsonText.quoted(name) + "}}}";
    }
}
