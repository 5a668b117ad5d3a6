// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.util.List;
import java.util.Locale;

/** What a file of the archive holds. */
public enum ArchiveKind {
    /** Flow events, in the archive's directory. Sorted so that equal values are next to each other. */
    FLOWS("", "pid_service, flow_dst, flow_dport, realtime_timestamp"),
    /** Losses, notices and entries about the service, in a directory below. */
    NOTICES("notices/", "place");

    private final String directory;
    private final String order;

    ArchiveKind(String directory, String order) {
        this.directory = directory;
        this.order = order;
    }

    /** Returns the directory below that of the archive, with a slash, or nothing. */
    public String directory() {
        return directory;
    }

    /** Returns the columns that are fields. */
    public List<ArchiveColumn> columns() {
        return this == FLOWS ? ArchiveColumn.FLOWS : ArchiveColumn.NOTICES;
    }

    /** Returns the order of rows in a file, as SQL. */
    public String order() {
        return order;
    }

    /** Returns the name of the table in which rows gather. */
    public String table() {
        return name().toLowerCase(Locale.ROOT);
    }
}
