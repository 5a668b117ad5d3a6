// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.UnitName;

/**
 * Conditions for rows, all of which a row must meet. A row reaches from the begin of its flow (FLOW_TIMESTAMP) to the time of
 * its entry: it meets {@code span} if the two overlap. So the entry of an end is found by each moment of its flow, and that of
 * a new flow by its begin.
 *
 * @param span when the flow is known to have existed
 * @param endpoints conditions each of which an end of the flow must meet; several for both ends of an alert
 * @param communityId FLOW_COMMUNITY_ID or FLOW_REPLY_COMMUNITY_ID; null: any
 * @param service PID_SERVICE, PID_UNIT, PID_USER_UNIT or PEER_SERVICE, or a template of it; null: any
 * @param pid PID or PEER_PID; 0: any
 * @param user PID_USER, or PID_UID if it is a number; null: any
 * @param name a FLOW_DNAME; {@code *.example.org} for all names below; null: any
 * @param event FLOW_EVENT; null: any
 * @param absent a field that the row does not have; null: any
 * @param listing a set that has an address or a name of the flow; null: any
 * @param limit maximum number of rows, the most recent of all
 */
public record FlowQuery(
        TimeSpan span,
        List<Endpoint> endpoints,
        String communityId,
        UnitName service,
        long pid,
        String user,
        String name,
        String event,
        JournalField absent,
        Listing listing,
        long limit) {

    /** The fields with an address of the flow, before and after translation. */
    public static final List<JournalField> ADDRESSES = List.of(
            JournalField.FLOW_SRC, JournalField.FLOW_DST, JournalField.FLOW_REPLY_SRC, JournalField.FLOW_REPLY_DST);

    /** The fields with a unit of the flow. */
    public static final List<JournalField> UNITS = List.of(
            JournalField.PID_SERVICE, JournalField.PID_UNIT, JournalField.PID_USER_UNIT, JournalField.PEER_SERVICE);

    public FlowQuery {
        endpoints = List.copyOf(endpoints);
    }

    /** Returns a query for all rows of a span. */
    public static FlowQuery in(TimeSpan span) {
        return new FlowQuery(span, List.of(), null, null, 0, null, null, null, null, null, Long.MAX_VALUE);
    }

    /** Reports whether the query has conditions beside its span. */
    public boolean hasCriteria() {
        return !equals(in(span));
    }

    /** Returns this query with another span. */
    public FlowQuery during(TimeSpan other) {
        return new FlowQuery(other, endpoints, communityId, service, pid, user, name, event, absent, listing, limit);
    }

    /** Returns this query with one more condition for an end. */
    public FlowQuery withEndpoint(Endpoint endpoint) {
        List<Endpoint> more = new ArrayList<>(endpoints);
        more.add(endpoint);
        return new FlowQuery(span, more, communityId, service, pid, user, name, event, absent, listing, limit);
    }

    /** Returns this query with a Community ID, {@code 1:} and 28 characters of Base64. */
    public FlowQuery withCommunityId(String id) {
        return new FlowQuery(span, endpoints, id, service, pid, user, name, event, absent, listing, limit);
    }

    /** Returns this query with a unit, or with all instances of a template. */
    public FlowQuery withService(UnitName unit) {
        return new FlowQuery(span, endpoints, communityId, unit, pid, user, name, event, absent, listing, limit);
    }

    /** Returns this query with a process. */
    public FlowQuery withPid(long process) {
        return new FlowQuery(span, endpoints, communityId, service, process, user, name, event, absent, listing, limit);
    }

    /** Returns this query with a user. */
    public FlowQuery withUser(String nameOrUid) {
        return new FlowQuery(
                span, endpoints, communityId, service, pid, nameOrUid, name, event, absent, listing, limit);
    }

    /** Returns this query with a destination name. */
    public FlowQuery withName(String destination) {
        return new FlowQuery(
                span, endpoints, communityId, service, pid, user, destination, event, absent, listing, limit);
    }

    /** Returns this query with a kind of event. */
    public FlowQuery withEvent(String kind) {
        return new FlowQuery(span, endpoints, communityId, service, pid, user, name, kind, absent, listing, limit);
    }

    /** Returns this query for rows that do not have a field. */
    public FlowQuery without(JournalField field) {
        return new FlowQuery(span, endpoints, communityId, service, pid, user, name, event, field, listing, limit);
    }

    /** Returns this query with a set of addresses and names. */
    public FlowQuery withListing(Listing set) {
        return new FlowQuery(span, endpoints, communityId, service, pid, user, name, event, absent, set, limit);
    }

    /** Returns this query with a limit. */
    public FlowQuery withLimit(long rows) {
        return new FlowQuery(span, endpoints, communityId, service, pid, user, name, event, absent, listing, rows);
    }
}
