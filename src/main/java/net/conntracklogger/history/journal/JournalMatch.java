// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;

/**
 * A condition that the journal's index answers, as clauses that all hold. A clause has at least one choice that holds;
 * a choice has terms that all hold. A term is {@code FIELD=value}. It may admit more than the query, never less.
 */
record JournalMatch(List<List<List<String>>> clauses) {
    /** The unit that writes flows. Only journald sets the field, so no other process can pass for the service. */
    private static final String WRITTEN_BY_SERVICE = "_SYSTEMD_UNIT=conntrack-logger.service";

    /** {@code SD_MESSAGE_JOURNAL_DROPPED} of {@code systemd/sd-messages.h}: the rate limit. Of journald itself. */
    private static final List<String> SUPPRESSED =
            List.of("MESSAGE_ID=a596d6fe7bfa4994828e72309e95d61e", "_TRANSPORT=driver");

    /** Entries of the service manager about the service. */
    private static final List<String> ABOUT_SERVICE = List.of("UNIT=conntrack-logger.service", "_PID=1");

    /** Admits all entries of all units. */
    static final JournalMatch ALL = new JournalMatch(List.of());

    /** Admits all entries of the service and about it. */
    static final JournalMatch SERVICE =
            new JournalMatch(List.of(List.of(List.of(WRITTEN_BY_SERVICE), ABOUT_SERVICE, SUPPRESSED)));

    /** Admits losses and notices of the service, and entries about it. */
    static final JournalMatch NOTICES = new JournalMatch(List.of(List.of(notices(), ABOUT_SERVICE, SUPPRESSED)));

    /** Admits all entries of the service. */
    static final JournalMatch WRITTEN = new JournalMatch(List.of(List.of(List.of(WRITTEN_BY_SERVICE))));

    /** Admits flow events. */
    static final JournalMatch FLOWS = new JournalMatch(List.of(
            List.of(List.of(WRITTEN_BY_SERVICE)),
            Stream.concat(
                            Arrays.stream(FlowEvent.Kind.values()).map(FlowEvent.Kind::text),
                            Stream.of(FlowSummary.EVENT))
                    .map(event -> List.of(FLOW_EVENT + "=" + event))
                    .toList()));

    JournalMatch {
        clauses = List.copyOf(clauses);
    }

    private static List<String> notices() {
        List<String> terms = new ArrayList<>(List.of(WRITTEN_BY_SERVICE));
        for (MessageId id : MessageId.values()) {
            if (!id.name().startsWith("FLOW_")) {
                terms.add(MESSAGE_ID + "=" + id.text());
            }
        }
        return terms;
    }

    /** Returns the condition of a query. Networks, patterns, templates and times are not part of it. */
    static JournalMatch of(FlowQuery query) {
        List<List<List<String>>> clauses = new ArrayList<>(WRITTEN.clauses);
        for (Endpoint endpoint : query.endpoints()) {
            if (endpoint.isOneAddress() || endpoint.port() != Endpoint.ANY_PORT && endpoint.network() == null) {
                clauses.add(List.of(
                        end(endpoint, FLOW_SRC, FLOW_SPORT),
                        end(endpoint, FLOW_DST, FLOW_DPORT),
                        end(endpoint, FLOW_REPLY_SRC, FLOW_REPLY_SPORT),
                        end(endpoint, FLOW_REPLY_DST, FLOW_REPLY_DPORT)));
            }
        }
        addClause(clauses, query.communityId(), FLOW_COMMUNITY_ID, FLOW_REPLY_COMMUNITY_ID);
        if (query.service() != null && !query.service().isTemplate()) {
            addClause(clauses, query.service().text(), FlowQuery.UNITS.toArray(JournalField[]::new));
        }
        addClause(clauses, query.pid() == 0 ? null : Long.toString(query.pid()), PID, PEER_PID);
        addClause(clauses, query.user(), PID_USER, PID_UID);
        addClause(clauses, query.event(), FLOW_EVENT);
        if (query.name() != null && !query.name().startsWith("*.")) {
            addClause(clauses, query.name(), FLOW_DNAME);
        }
        return new JournalMatch(clauses);
    }

    /** Returns this condition for entries whose flow may have begun long before. */
    JournalMatch ofOldFlows() {
        List<List<List<String>>> more = new ArrayList<>(clauses);
        addClause(more, List.of("end", "existing", "progress", "summary"), FLOW_EVENT);
        return new JournalMatch(more);
    }

    private static List<String> end(Endpoint endpoint, JournalField address, JournalField port) {
        List<String> terms = new ArrayList<>();
        if (endpoint.network() != null) {
            terms.add(address + "=" + endpoint.network());
        }
        if (endpoint.port() != Endpoint.ANY_PORT) {
            terms.add(port + "=" + endpoint.port());
        }
        return terms;
    }

    private static void addClause(List<List<List<String>>> clauses, String value, JournalField... fields) {
        if (value != null) {
            addClause(clauses, List.of(value), fields);
        }
    }

    private static void addClause(List<List<List<String>>> clauses, List<String> values, JournalField... fields) {
        List<List<String>> choices = new ArrayList<>();
        for (JournalField field : fields) {
            for (String value : values) {
                choices.add(List.of(field + "=" + value));
            }
        }
        clauses.add(choices);
    }
}
