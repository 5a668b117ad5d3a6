// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;

/**
 * Finds events of flows that the log has already, to count each flow once. Not thread-safe.
 *
 * <p>Each start of the service logs the open flows again. Such a flow began while the service logged it as new, or an event of
 * another start is of the same flow. An entry of progress has the bytes of those before it, and an end the bytes of all progress,
 * so that only the latest progress of a flow without an end counts.
 */
final class Repeats {
    private static final List<JournalField> IDENTITY =
            List.of(FLOW_ID, FLOW_PROTO, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT, FLOW_ICMP_ID, FLOW_NETNS);

    /** Time by which the kernel's start of an existing flow may precede its first event. */
    private static final long EVENT_MICROS = TimeUnit.SECONDS.toMicros(1);

    private final FlowQuery query;
    private final Coverage coverage;
    private final List<Grouping> groupings;
    private final List<TotalsTable> repeats;
    private final int most;
    /** Flows of which an event is counted. They began before the log or in a gap. */
    private final Set<String> counted = new HashSet<>();

    /** Begins of flows whose progress is not counted yet, by identity. */
    private final Map<String, List<Long>> lasting = new HashMap<>();

    private int lastingFlows;
    private long unchecked;

    /**
     * Starts without repeats.
     *
     * @param most maximum number of flows that are remembered, of existing ones and of those that last. The bytes of further flows
     *     that last do not count
     */
    Repeats(FlowQuery query, Coverage coverage, List<Grouping> groupings, int most) {
        this.query = query;
        this.coverage = coverage;
        this.most = most;
        this.groupings = List.copyOf(groupings);
        repeats = groupings.stream().map(TotalsTable::new).toList();
    }

    /**
     * Finds the repeats among the flows that meet the query.
     *
     * @param all totals of these flows, of a grouping whose last field is FLOW_EVENT
     */
    void find(FlowLog log, List<Totals> all) throws IOException {
        read(log, FlowEvent.Kind.EXISTING, row -> {
            if (isLoggedAsNew(row) || isCounted(row)) {
                repeats.forEach(table -> table.add(row));
            }
        });
        if (has(all, FlowEvent.Kind.PROGRESS)) {
            findProgress(log, has(all, FlowEvent.Kind.END));
        }
    }

    private static boolean has(List<Totals> all, FlowEvent.Kind event) {
        return all.stream()
                .anyMatch(it -> event.text().equals(it.key().get(it.key().size() - 1)));
    }

    private void read(FlowLog log, FlowEvent.Kind event, Consumer<FlowRow> reader) throws IOException {
        log.flows(query.withEvent(event.text()).withLimit(Long.MAX_VALUE), row -> {
            reader.accept(row);
            return true;
        });
    }

    private void findProgress(FlowLog log, boolean hasEnds) throws IOException {
        read(log, FlowEvent.Kind.PROGRESS, this::remember);
        if (hasEnds) {
            read(log, FlowEvent.Kind.END, this::forget);
        }
        // The most recent entry comes first.
        read(log, FlowEvent.Kind.PROGRESS, row -> {
            if (!forget(row)) {
                repeats.forEach(table -> table.add(row));
            }
        });
    }

    private void remember(FlowRow row) {
        List<Long> begins = lasting.get(flow(row));
        long begin = row.number(FLOW_TIMESTAMP, 0);
        if (lastingFlows < most && (begins == null || place(begins, begin) < 0)) {
            lasting.computeIfAbsent(flow(row), it -> new ArrayList<>(1)).add(begin);
            lastingFlows++;
        }
    }

    /** Removes the flow of a row from those that last. Returns false if it is not one of them. */
    private boolean forget(FlowRow row) {
        List<Long> begins = lasting.get(flow(row));
        int place = begins == null ? -1 : place(begins, row.number(FLOW_TIMESTAMP, 0));
        if (place >= 0) {
            begins.remove(place);
        }
        return place >= 0;
    }

    /** Returns where a begin is. The kernel's time of a flow differs from the time of the event of its begin. */
    private static int place(List<Long> begins, long begin) {
        for (int i = 0; i < begins.size(); i++) {
            if (Math.abs(begins.get(i) - begin) < EVENT_MICROS) {
                return i;
            }
        }
        return -1;
    }

    private boolean isLoggedAsNew(FlowRow row) {
        if (row.get(FLOW_TIMESTAMP) == null) {
            return false;
        }
        long begin = row.begin();
        return begin >= query.span().since() + EVENT_MICROS
                && begin >= coverage.since() + EVENT_MICROS
                && coverage.gaps().stream()
                        .noneMatch(gap -> begin >= gap.since() - EVENT_MICROS && begin <= gap.until() + EVENT_MICROS);
    }

    private boolean isCounted(FlowRow row) {
        String identity = identity(row);
        if (counted.contains(identity)) {
            return true;
        }
        if (counted.size() < most) {
            counted.add(identity);
        } else {
            unchecked++;
        }
        return false;
    }

    private static String identity(FlowRow row) {
        return flow(row) + row.get(FLOW_TIMESTAMP);
    }

    /** Returns what a flow shares only with flows that began at other times. */
    private static String flow(FlowRow row) {
        StringBuilder flow = new StringBuilder();
        for (JournalField field : IDENTITY) {
            flow.append(row.get(field)).append(' ');
        }
        return flow.toString();
    }

    /**
     * Takes the repeats from the totals of all events.
     *
     * @param grouping place of their grouping
     */
    List<Totals> takenFrom(List<Totals> all, int grouping) {
        List<Totals> negative = repeats.get(grouping).all().stream()
                .map(it -> new Totals(
                        it.key(), it.bucket(), -it.flows(), -it.origBytes(), -it.replyBytes(), it.first(), it.last()))
                .toList();
        return TotalsTable.sum(groupings.get(grouping), all, negative);
    }

    /** Returns the number of events that count as flows, but may be repeats. More flows came than are remembered. */
    long unchecked() {
        return unchecked;
    }
}
