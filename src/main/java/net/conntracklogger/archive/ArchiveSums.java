// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static net.conntracklogger.entry.JournalField.*;

import java.util.List;
import java.util.stream.Collectors;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.Grouping;

/**
 * The flow events of a file counted by group. A report without conditions needs no more, and a tenth of the rows or less
 * have them. A row of sums is either a combination of the values of {@link #FIELDS}, or one of {@link #TIMED} in a bucket of time.
 */
public final class ArchiveSums {
    /** Directory of the files of sums, below that of the archive. Sums of other fields take another name. */
    public static final String DIRECTORY = "sums/";

    /** SQL for what is counted of a row. No field has these names. */
    public static final String OF_A_ROW =
            "coalesce(flow_count, 1) AS one_number, flow_orig_bytes AS one_orig, flow_reply_bytes AS one_reply,"
                    + " least(flow_timestamp, realtime_timestamp) AS one_begin";

    /** SQL for the sums of a group of such rows. */
    public static final String COUNTS = "sum(one_number)::BIGINT AS number, coalesce(sum(one_orig), 0)::BIGINT AS orig,"
            + " coalesce(sum(one_reply), 0)::BIGINT AS reply, epoch_us(min(one_begin)) AS earliest,"
            + " epoch_us(max(one_begin)) AS latest";

    /** SQL for the sums of a group of sums. */
    public static final String SUMS =
            "sum(number)::BIGINT AS number, sum(orig)::BIGINT AS orig, sum(reply)::BIGINT AS reply,"
                    + " min(earliest) AS earliest, max(latest) AS latest";

    /** Fields by whose values rows without a bucket are grouped. */
    private static final List<JournalField> FIELDS = List.of(
            PID_SERVICE,
            PID_EXE,
            PID_REASON,
            FLOW_EVENT,
            FLOW_PROTO,
            FLOW_DIRECTION,
            FLOW_SRC,
            FLOW_DST,
            FLOW_DPORT,
            FLOW_DNAME,
            FLOW_WATCH,
            FLOW_UNEXPECTED);

    /** Fields by whose values rows with a bucket are grouped. */
    private static final List<JournalField> TIMED = List.of(FLOW_DIRECTION, FLOW_EVENT);

    /** A quarter of an hour, in microseconds. */
    private static final long BUCKET = 900_000_000L;

    private ArchiveSums() {}

    /** Reports whether sums suffice for a field of flows. */
    public static boolean have(JournalField field) {
        return FIELDS.contains(field);
    }

    /** Reports whether sums suffice for a grouping. */
    public static boolean suffice(Grouping grouping) {
        return grouping.bucket() == 0
                ? FIELDS.containsAll(grouping.by())
                : TIMED.containsAll(grouping.by()) && grouping.bucket() % BUCKET == 0;
    }

    /**
     * Returns SQL that makes the sums of rows.
     *
     * @param rows SQL for a table with all columns
     */
    public static String of(String rows) {
        String keys = FIELDS.stream()
                .map(field -> ", " + key(field) + " AS " + column(field))
                .collect(Collectors.joining());
        return "SELECT " + COUNTS + ", bucket, " + columns(FIELDS) + " FROM (SELECT " + OF_A_ROW + ", "
                + bucket("epoch_us(one_begin)", BUCKET) + " AS bucket" + keys + " FROM " + rows
                + ") GROUP BY GROUPING SETS ((" + columns(FIELDS) + "), (bucket, " + columns(TIMED)
                + ")) ORDER BY bucket, pid_service, flow_dst, flow_dport";
    }

    private static String columns(List<JournalField> fields) {
        return fields.stream().map(ArchiveSums::column).collect(Collectors.joining(", "));
    }

    private static String column(JournalField field) {
        return ArchiveColumn.of(field).columnName();
    }

    /** Returns SQL for the begin of a bucket. */
    public static String bucket(String micros, long length) {
        return micros + " // " + length + " * " + length;
    }

    /** Returns SQL for the value of a field by which rows are grouped. */
    public static String key(JournalField field) {
        ArchiveColumn column = ArchiveColumn.of(field);
        if (column.type() == ArchiveColumn.Type.HASH || !ArchiveColumn.FLOWS.contains(column)) {
            throw new IllegalArgumentException("flows are not grouped by " + field);
        }
        return field == FLOW_DNAME ? "split_part(flow_dname, chr(10), 1)" : column.read();
    }
}
