// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.time.LocalDate;
import net.conntracklogger.history.query.TimeSpan;

/**
 * A Parquet file of the archive.
 *
 * @param name path below the archive's directory
 * @param day the UTC day in which journald received the entries
 * @param bytes size of the file
 * @param first time of the first entry, microseconds since the epoch
 * @param last time of the last entry
 * @param begin earliest begin of a flow
 * @param sumsBytes size of the file of its sums; {@link #NO_SUMS}: it gets none; {@link #NO_SUMS_YET}
 */
public record ArchiveFile(
        ArchiveKind kind,
        LocalDate day,
        String name,
        long rows,
        long bytes,
        long first,
        long last,
        long begin,
        long sumsBytes) {
    /** Sums would hardly be smaller than the rows. */
    public static final long NO_SUMS = 0;

    public static final long NO_SUMS_YET = -1;

    /** Indexes of before there were sums end a line earlier. */
    private static final int PARTS = 9;

    /** Returns the line of the index. */
    String line() {
        return String.join(
                " ",
                "file",
                kind.name(),
                day.toString(),
                name,
                Long.toString(rows),
                Long.toString(bytes),
                Long.toString(first),
                Long.toString(last),
                Long.toString(begin),
                Long.toString(sumsBytes));
    }

    /**
     * Parses a line of the index.
     *
     * @throws RuntimeException if it is none
     */
    static ArchiveFile parse(String line) {
        String[] parts = line.split(" ");
        if (parts.length < PARTS || parts.length > PARTS + 1 || !parts[3].matches("(notices/)?[0-9.-]+parquet")) {
            throw new IllegalArgumentException("'" + line + "'");
        }
        return new ArchiveFile(
                ArchiveKind.valueOf(parts[1]),
                LocalDate.parse(parts[2]),
                parts[3],
                Long.parseLong(parts[4]),
                Long.parseLong(parts[5]),
                Long.parseLong(parts[6]),
                Long.parseLong(parts[7]),
                Long.parseLong(parts[8]),
                parts.length == PARTS ? NO_SUMS_YET : Long.parseLong(parts[PARTS]));
    }

    /** Returns the path of the file of its sums, below the archive's directory. */
    public String sumsName() {
        return ArchiveSums.DIRECTORY + name;
    }

    /** Returns the size of the file and of that of its sums. */
    public long allBytes() {
        return bytes + Math.max(sumsBytes, 0);
    }

    /** Reports whether a span has the time of each entry of the file. */
    public boolean isWithin(TimeSpan span) {
        return first >= span.since() && last < span.until();
    }

    /** Returns this file with another size of the file of its sums. */
    public ArchiveFile withSums(long size) {
        return new ArchiveFile(kind, day, name, rows, bytes, first, last, begin, size);
    }

    /** Reports whether a row of the file may reach into a span. */
    public boolean overlaps(TimeSpan span) {
        return span.overlaps(begin, last);
    }
}
