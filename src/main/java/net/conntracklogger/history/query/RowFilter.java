// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import static net.conntracklogger.entry.JournalField.*;

import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.UnitName;

/** Decides whether a row meets a query. */
public record RowFilter(FlowQuery query) implements Predicate<FlowRow> {
    @Override
    public boolean test(FlowRow row) {
        return row.get(FLOW_EVENT) != null
                && query.span().overlaps(row.begin(), row.time())
                && query.endpoints().stream().allMatch(endpoint -> meets(row, endpoint))
                && isAny(row, query.communityId(), FLOW_COMMUNITY_ID, FLOW_REPLY_COMMUNITY_ID)
                && isOfUnit(row)
                && isAny(row, query.pid() == 0 ? null : Long.toString(query.pid()), PID, PEER_PID)
                && isAny(row, query.user(), PID_USER, PID_UID)
                && isAny(row, query.event(), FLOW_EVENT)
                && (query.absent() == null || row.get(query.absent()) == null)
                && hasName(row)
                && isListed(row);
    }

    private boolean isListed(FlowRow row) {
        Listing listing = query.listing();
        if (listing == null) {
            return true;
        }
        for (JournalField field : FlowQuery.ADDRESSES) {
            if (row.get(field) != null && listing.hasAddress(row.get(field))) {
                return true;
            }
        }
        return row.all(FLOW_DNAME).stream().anyMatch(listing::hasName);
    }

    /**
     * Reports whether a summary may count a flow that meets the query. A value that the summary lacks may be any. The flows of
     * a flood may be translated, so that their ends may be any, too.
     */
    public boolean mayBeIn(FlowRow summary) {
        boolean flood = summary.get(FLOW_DPORT_COUNT) != null;
        return query.span().overlaps(summary.begin(), summary.time())
                && (flood || query.endpoints().stream().allMatch(endpoint -> mayMeet(summary, endpoint)))
                && mayBeOfUnit(summary)
                && mayBe(summary, query.pid() == 0 ? null : Long.toString(query.pid()), PID)
                && mayBe(summary, query.user(), isNumber(query.user()) ? PID_UID : PID_USER)
                && (summary.get(FLOW_DNAME) == null || hasName(summary));
    }

    private static boolean isNumber(String user) {
        return user != null && user.matches("\\d+");
    }

    private static boolean mayBe(FlowRow summary, String wanted, JournalField... fields) {
        return lacks(summary, List.of(fields)) || isAny(summary, wanted, fields);
    }

    private boolean mayBeOfUnit(FlowRow summary) {
        return lacks(summary, FlowQuery.UNITS) || isOfUnit(summary);
    }

    private static boolean lacks(FlowRow summary, List<JournalField> fields) {
        // A summary of local flows has no acceptor.
        return "local".equals(summary.get(FLOW_DIRECTION))
                || fields.stream().allMatch(field -> summary.get(field) == null);
    }

    private boolean isOfUnit(FlowRow row) {
        UnitName unit = query.service();
        if (unit == null) {
            return true;
        }
        for (JournalField field : FlowQuery.UNITS) {
            if (row.get(field) != null && unit.isOf(row.get(field))) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayMeet(FlowRow summary, Endpoint endpoint) {
        return mayMeet(summary, endpoint, FLOW_SRC, FLOW_SPORT) || mayMeet(summary, endpoint, FLOW_DST, FLOW_DPORT);
    }

    private static boolean mayMeet(FlowRow summary, Endpoint endpoint, JournalField address, JournalField port) {
        String text = summary.get(address);
        boolean mayBePort =
                endpoint.port() == Endpoint.ANY_PORT || summary.number(port, endpoint.port()) == endpoint.port();
        return mayBePort && (text == null || isAt(text, endpoint));
    }

    private boolean hasName(FlowRow row) {
        String name = query.name();
        if (name == null) {
            return true;
        }
        return row.all(FLOW_DNAME).stream()
                .anyMatch(one -> name.startsWith("*.") ? one.endsWith(name.substring(1)) : one.equals(name));
    }

    private static boolean isAny(FlowRow row, String wanted, JournalField... fields) {
        if (wanted == null) {
            return true;
        }
        for (JournalField field : fields) {
            if (wanted.equals(row.get(field))) {
                return true;
            }
        }
        return false;
    }

    private static boolean meets(FlowRow row, Endpoint endpoint) {
        return meets(row, endpoint, FLOW_SRC, FLOW_SPORT)
                || meets(row, endpoint, FLOW_DST, FLOW_DPORT)
                || meets(row, endpoint, FLOW_REPLY_SRC, FLOW_REPLY_SPORT)
                || meets(row, endpoint, FLOW_REPLY_DST, FLOW_REPLY_DPORT);
    }

    private static boolean meets(FlowRow row, Endpoint endpoint, JournalField address, JournalField port) {
        String text = row.get(address);
        if (text == null || endpoint.port() != Endpoint.ANY_PORT && row.number(port, -1) != endpoint.port()) {
            return false;
        }
        return isAt(text, endpoint);
    }

    private static boolean isAt(String text, Endpoint endpoint) {
        if (endpoint.isOneAddress()) {
            return Objects.equals(text, endpoint.network().toString());
        }
        if (endpoint.network() == null) {
            return true;
        }
        IpAddress parsed = AddressText.parse(text);
        return parsed != null && parsed.isIn(endpoint.network(), endpoint.bits());
    }
}
