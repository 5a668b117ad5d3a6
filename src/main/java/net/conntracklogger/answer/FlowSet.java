// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.RowSink;

/**
 * The flows of an answer. Takes rows, the most recent first, and keeps one for each flow: the last, which has its bytes, or an
 * earlier one if only that has the process. Not thread-safe.
 */
public final class FlowSet implements RowSink {
    private static final List<JournalField> IDENTITY =
            List.of(FLOW_ID, FLOW_PROTO, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT, FLOW_ICMP_ID, FLOW_NETNS);

    /** Maximum time from the tracking of a flow to its event, in microseconds. */
    private static final long EVENT_MICROS = 1_000_000;

    private final int most;
    private final Map<String, FlowRow> flows = new LinkedHashMap<>();
    /**
     * Rows of flows that existed at the start, or whose begin is unknown. A row stays until that of the begin comes.
     */
    private final Map<String, FlowRow> existing = new HashMap<>();

    private boolean complete = true;

    /** @param most maximum number of flows */
    public FlowSet(int most) {
        this.most = most;
    }

    @Override
    public boolean take(FlowRow row) {
        String identity = identity(row);
        FlowRow known = existing.get(identity);
        boolean joined = known != null && isOfSameFlow(row, known);
        String key = identity + " " + (joined ? known : row).get(FLOW_TIMESTAMP);
        FlowRow later = flows.get(key);
        if (later == null && flows.size() == most) {
            complete = false;
            return false;
        }
        boolean better = later == null
                || later.get(FLOW_TIMESTAMP) == null && row.get(FLOW_TIMESTAMP) != null
                || later.get(PID) == null && row.get(PID) != null;
        if (better) {
            flows.put(key, row);
        }
        boolean beginFollows = row.get(FLOW_TIMESTAMP) == null
                || FlowEvent.Kind.EXISTING.text().equals(row.get(FLOW_EVENT));
        if (!beginFollows) {
            existing.remove(identity);
        } else if (!joined) {
            existing.put(identity, row);
        }
        return true;
    }

    /**
     * Reports whether a row is of the flow that a later row says existed. The kernel's time of an existing flow is that at which
     * it was tracked, the time of a new flow that of its event.
     */
    private static boolean isOfSameFlow(FlowRow row, FlowRow existing) {
        return row.get(FLOW_TIMESTAMP) == null
                ? existing.get(FLOW_TIMESTAMP) == null
                : existing.get(FLOW_TIMESTAMP) == null
                        || Math.abs(existing.number(FLOW_TIMESTAMP, 0) - row.number(FLOW_TIMESTAMP, 0)) < EVENT_MICROS;
    }

    private static String identity(FlowRow row) {
        StringBuilder identity = new StringBuilder();
        if (row.host() != null) {
            identity.append(row.host().id()).append(' ');
        }
        for (JournalField field : IDENTITY) {
            identity.append(row.get(field)).append(' ');
        }
        // Repeats have no id. Each entry about them stands for itself.
        return row.get(FLOW_ID) == null ? identity.append(row.time()).toString() : identity.toString();
    }

    /** Reports whether these are all flows, because no more came than fit. */
    public boolean isComplete() {
        return complete;
    }

    /** Returns one row for each flow, in the order of their begin. */
    public List<FlowRow> rows() {
        List<FlowRow> rows = new ArrayList<>(flows.values());
        Collections.reverse(rows);
        rows.sort((a, b) -> Long.compare(a.begin(), b.begin()));
        return rows;
    }
}
