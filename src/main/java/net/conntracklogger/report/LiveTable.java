// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.answer.Bytes;
import net.conntracklogger.answer.FlowText;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.output.JsonText;
import net.conntracklogger.terminal.Cell;
import net.conntracklogger.terminal.Column;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.Style;
import net.conntracklogger.terminal.Table;

/** Flows of a short time, by one of several keys. Not thread-safe. */
public final class LiveTable {
    /** Maximum number of groups of a key; the flows of further groups are counted together. */
    private static final int MOST_GROUPS = 10_000;

    private static final String OTHERS = "(others)";
    private static final double MICROS = 1e6;

    /** What a row stands for. The names are those of {@code --key}. */
    public enum Key {
        unit("UNIT"),
        program("PROGRAM"),
        destination("DESTINATION"),
        port("PORT");

        private final String title;

        Key(String title) {
            this.title = title;
        }

        private String of(FlowRow row) {
            return switch (this) {
                case unit -> FlowText.service(row);
                case program -> FlowText.value(row, JournalField.PID_EXE);
                case destination ->
                    FlowText.value(row, JournalField.FLOW_DST)
                            + (row.get(JournalField.FLOW_DNAME) == null
                                    ? ""
                                    : " (" + row.get(JournalField.FLOW_DNAME) + ")");
                case port ->
                    FlowText.value(row, JournalField.FLOW_PROTO) + " " + FlowText.value(row, JournalField.FLOW_DPORT);
            };
        }
    }

    /** Numbers of a group. */
    private static final class Counts {
        private long begun;
        private long outbound;
        private long inbound;
        private long ended;
        private long sent;
        private long received;
        private String last = "";
    }

    private final Moments moments;
    private final Map<Key, Map<String, Counts>> groups = new HashMap<>();
    private long flows;

    public LiveTable(Moments moments) {
        this.moments = moments;
        clear();
    }

    /** Forgets all flows. */
    public void clear() {
        flows = 0;
        for (Key key : Key.values()) {
            groups.put(key, new HashMap<>());
        }
    }

    /**
     * Adds a flow event to the groups of all keys. A refused attempt is no flow and does not count. Progress does not count: the
     * end of the flow has its bytes.
     */
    public void add(FlowRow row) {
        if (row.isRefused() || FlowEvent.Kind.PROGRESS.text().equals(row.get(JournalField.FLOW_EVENT))) {
            return;
        }
        flows += "end".equals(row.get(JournalField.FLOW_EVENT)) ? 0 : row.flows();
        for (Key key : Key.values()) {
            Map<String, Counts> of = groups.get(key);
            String value = key.of(row);
            String name = of.size() < MOST_GROUPS || of.containsKey(value) ? value : OTHERS;
            count(of.computeIfAbsent(name, it -> new Counts()), row);
        }
    }

    private static void count(Counts counts, FlowRow row) {
        if ("end".equals(row.get(JournalField.FLOW_EVENT))) {
            counts.ended++;
        } else {
            counts.begun += row.flows();
            counts.ended += row.number(JournalField.FLOW_END_COUNT, 0);
            counts.outbound += "outbound".equals(row.get(JournalField.FLOW_DIRECTION)) ? row.flows() : 0;
            counts.inbound += "inbound".equals(row.get(JournalField.FLOW_DIRECTION)) ? row.flows() : 0;
        }
        counts.sent += row.number(JournalField.FLOW_ORIG_BYTES, 0);
        counts.received += row.number(JournalField.FLOW_REPLY_BYTES, 0);
        counts.last = FlowText.briefTuple(row);
    }

    private List<Map.Entry<String, Counts>> sorted(Key key) {
        List<Map.Entry<String, Counts>> all = new ArrayList<>(groups.get(key).entrySet());
        all.sort(Comparator.<Map.Entry<String, Counts>>comparingLong(it -> -it.getValue().begun)
                .thenComparing(Map.Entry::getKey));
        return all;
    }

    /**
     * Returns a table for people.
     *
     * @param covered time that the flows are of, in microseconds
     * @param now time of the table, microseconds since the epoch
     */
    public List<String> lines(Key key, long covered, long now, Screen screen, boolean legend) {
        Table table = new Table(List.of(
                Column.required(key.title, 20).shortenedInTheMiddle(),
                Column.number("FLOWS"),
                Column.number("FLOWS/S"),
                Column.optional("OUT", 5, 3).rightAligned(),
                Column.optional("IN", 5, 3).rightAligned(),
                Column.optional("ENDED", 5, 4).rightAligned(),
                Column.optional("SENT", 8, 2).rightAligned(),
                Column.optional("RECEIVED", 8, 2).rightAligned(),
                Column.optional("LAST FLOW", 20, 5).shortenedInTheMiddle()));
        for (Map.Entry<String, Counts> group : sorted(key)) {
            Counts counts = group.getValue();
            table.add(List.of(
                    new Cell(group.getKey().isEmpty() ? "(unknown)" : group.getKey(), Style.STRONG),
                    Cell.of(Long.toString(counts.begun)),
                    Cell.of("%.1f".formatted(counts.begun * MICROS / covered)),
                    Cell.of(positive(counts.outbound)),
                    Cell.of(positive(counts.inbound)),
                    Cell.of(positive(counts.ended)),
                    Cell.of(counts.sent == 0 ? "" : Bytes.text(counts.sent)),
                    Cell.of(counts.received == 0 ? "" : Bytes.text(counts.received)),
                    Cell.of(counts.last)));
        }
        List<String> lines = new ArrayList<>();
        if (legend) {
            String text = "%s, %d %s in %.1f s"
                    .formatted(moments.zoned(now), flows, flows == 1 ? "flow" : "flows", covered / MICROS);
            lines.add(text);
        }
        lines.addAll(table.lines(screen, legend));
        return lines;
    }

    private static String positive(long number) {
        return number == 0 ? "" : Long.toString(number);
    }

    /** Returns an object for each group. */
    public List<String> json(Key key, long covered, long now) {
        List<String> lines = new ArrayList<>();
        for (Map.Entry<String, Counts> group : sorted(key)) {
            Counts counts = group.getValue();
            StringBuilder line = new StringBuilder("{\"time\":")
                    .append(now)
                    .append(",\"covered\":")
                    .append(covered);
            JsonText.append(line.append(",\"").append(key.name()).append("\":"), group.getKey());
            line.append(",\"flows\":")
                    .append(counts.begun)
                    .append(",\"outbound\":")
                    .append(counts.outbound);
            line.append(",\"inbound\":")
                    .append(counts.inbound)
                    .append(",\"ended\":")
                    .append(counts.ended);
            line.append(",\"sent\":")
                    .append(counts.sent)
                    .append(",\"received\":")
                    .append(counts.received);
            lines.add(line.append('}').toString());
        }
        return lines;
    }

    /** Returns a record of RFC 4180 for each group. */
    public List<String> csv(Key key, boolean legend) {
        List<String> lines = new ArrayList<>();
        if (legend) {
            lines.add(key.title + ",FLOWS,OUT,IN,ENDED,SENT,RECEIVED");
        }
        for (Map.Entry<String, Counts> group : sorted(key)) {
            Counts counts = group.getValue();
            String name = '"' + group.getKey().replace("\"", "\"\"") + '"';
            lines.add(name + "," + counts.begun + "," + counts.outbound + "," + counts.inbound + "," + counts.ended
                    + "," + counts.sent + "," + counts.received);
        }
        return lines;
    }
}
