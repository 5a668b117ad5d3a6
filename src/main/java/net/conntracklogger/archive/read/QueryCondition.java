// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.conntracklogger.archive.ArchiveColumn;
import net.conntracklogger.archive.ComputedIds;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.TimeSpan;

/**
 * The condition of a query in SQL. Values are parameters, so that no value passes for SQL. It may admit more than the query,
 * never less.
 *
 * @param sql a condition, such as {@code realtime_timestamp >= make_timestamptz(?)}
 * @param values its parameters, each a Long or a String
 */
record QueryCondition(String sql, List<Object> values) {
    /** In the order of {@link FlowQuery#ADDRESSES}. */
    private static final List<JournalField> PORTS = List.of(FLOW_SPORT, FLOW_DPORT, FLOW_REPLY_SPORT, FLOW_REPLY_DPORT);

    /** Builds a condition term by term. */
    private static final class Terms {
        private final List<String> terms = new ArrayList<>(List.of("true"));
        private final List<Object> values = new ArrayList<>();

        void add(String term, Object... of) {
            terms.add("(" + term + ")");
            values.addAll(List.of(of));
        }

        void addAny(Object value, JournalField... fields) {
            if (value != null) {
                List<String> any = new ArrayList<>();
                for (JournalField field : fields) {
                    any.add(ArchiveColumn.of(field).columnName() + " = ?");
                    values.add(value);
                }
                terms.add("(" + String.join(" OR ", any) + ")");
            }
        }

        QueryCondition finish() {
            return new QueryCondition(String.join(" AND ", terms), List.copyOf(values));
        }
    }

    /**
     * Returns the condition of a query.
     *
     * @param networks for each endpoint with an IPv6 network the name of a table of its addresses, else null
     * @param listed table of the listed addresses and of the values of FLOW_DNAME with a listed name; null if there is no listing
     */
    static QueryCondition of(FlowQuery query, List<String> networks, String listed) {
        Terms terms = new Terms();
        addSpan(terms, query.span());
        for (int i = 0; i < query.endpoints().size(); i++) {
            addEndpoint(terms, query.endpoints().get(i), networks.get(i));
        }
        if (query.communityId() != null) {
            Long prefix = ComputedIds.prefix(query.communityId());
            if (prefix == null) {
                terms.add("false");
            } else {
                terms.addAny(prefix, FLOW_COMMUNITY_ID, FLOW_REPLY_COMMUNITY_ID);
            }
        }
        addUnit(terms, query.service());
        terms.addAny(query.pid() == 0 ? null : query.pid(), PID, PEER_PID);
        addUser(terms, query.user());
        terms.addAny(query.event(), FLOW_EVENT);
        if (query.absent() != null) {
            terms.add(ArchiveColumn.of(query.absent()).columnName() + " IS NULL");
        }
        if (query.name() != null) {
            boolean below = query.name().startsWith("*.");
            String line = below ? query.name().substring(1) + "\n" : "\n" + query.name() + "\n";
            terms.add("contains(chr(10) || flow_dname || chr(10), ?)", line);
        }
        if (listed != null) {
            terms.add(Stream.concat(FlowQuery.ADDRESSES.stream(), Stream.of(FLOW_DNAME))
                    .map(field -> ArchiveColumn.of(field).columnName() + " IN (SELECT value FROM " + listed + ")")
                    .collect(Collectors.joining(" OR ")));
        }
        return terms.finish();
    }

    /** Returns the condition of a span alone. */
    static QueryCondition of(TimeSpan span) {
        Terms terms = new Terms();
        addSpan(terms, span);
        return terms.finish();
    }

    private static void addSpan(Terms terms, TimeSpan span) {
        if (span.since() > 0) {
            terms.add("realtime_timestamp >= make_timestamptz(?)", span.since());
        }
        if (span.until() != Long.MAX_VALUE) {
            terms.add(
                    "flow_timestamp < make_timestamptz(?) OR realtime_timestamp < make_timestamptz(?)",
                    span.until(),
                    span.until());
        }
    }

    private static void addUnit(Terms terms, UnitName unit) {
        if (unit == null || !unit.isTemplate()) {
            terms.addAny(unit == null ? null : unit.text(), FlowQuery.UNITS.toArray(JournalField[]::new));
            return;
        }
        List<String> any = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (JournalField field : FlowQuery.UNITS) {
            String column = ArchiveColumn.of(field).columnName();
            any.add("(starts_with(%1$s, ?) AND ends_with(%1$s, ?) AND %1$s <> ?)".formatted(column));
            values.addAll(List.of(unit.begin(), unit.end(), unit.text()));
        }
        terms.add(String.join(" OR ", any), values.toArray());
    }

    private static void addUser(Terms terms, String user) {
        if (user != null && user.matches("\\d{1,10}")) {
            terms.add("pid_user = ? OR pid_uid = ?", user, Long.parseLong(user));
        } else {
            terms.addAny(user, PID_USER);
        }
    }

    /**
     * Returns the condition that the text of an address is in an IPv4 network. Texts with the same begin are consecutive, so that
     * files and their parts with other addresses are not read.
     */
    private static String inNetwork(String column, int address, int bits) {
        int octets = bits / Byte.SIZE;
        StringBuilder begin = new StringBuilder();
        for (int i = 0; i < octets; i++) {
            begin.append(octet(address, i)).append('.');
        }
        List<String> terms = new ArrayList<>();
        if (octets > 0) {
            String end = begin.substring(0, begin.length() - 1) + (char) ('.' + 1);
            terms.add(column + " >= '" + begin + "' AND " + column + " < '" + end + "'");
        }
        int rest = bits % Byte.SIZE;
        if (rest > 0) {
            int size = 1 << Byte.SIZE - rest;
            int first = octet(address, octets) & -size;
            terms.add("try_cast(split_part(" + column + ", '.', " + (octets + 1) + ") AS UTINYINT) BETWEEN " + first
                    + " AND " + (first + size - 1));
        }
        if (bits == 0) {
            terms.add("NOT contains(" + column + ", ':')");
        }
        return String.join(" AND ", terms);
    }

    private static int octet(int address, int place) {
        return address >>> (3 - place) * Byte.SIZE & 0xff;
    }

    private static void addEndpoint(Terms terms, Endpoint endpoint, String network) {
        List<String> ends = new ArrayList<>();
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < PORTS.size(); i++) {
            List<String> both = new ArrayList<>();
            String address = ArchiveColumn.of(FlowQuery.ADDRESSES.get(i)).columnName();
            if (network != null) {
                both.add(address + " IN (SELECT value FROM " + network + ")");
            } else if (endpoint.isOneAddress()) {
                both.add(address + " = ?");
                values.add(endpoint.network().toString());
            } else if (endpoint.network() != null) {
                both.add(inNetwork(address, (int) endpoint.network().low(), endpoint.bits()));
            }
            if (endpoint.port() != Endpoint.ANY_PORT) {
                both.add(ArchiveColumn.of(PORTS.get(i)).columnName() + " = ?");
                values.add((long) endpoint.port());
            }
            ends.add(both.isEmpty() ? "true" : String.join(" AND ", both));
        }
        terms.add(ends.stream().map(end -> "(" + end + ")").collect(Collectors.joining(" OR ")), values.toArray());
    }
}
