// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.io.IOException;
import java.util.List;
import net.conntracklogger.history.Coverage;
import net.conntracklogger.history.FlowFeed;
import net.conntracklogger.history.FlowLog;
import net.conntracklogger.history.FlowQuery;
import net.conntracklogger.history.FlowRow;
import net.conntracklogger.history.Grouping;
import net.conntracklogger.history.LogPlaces;
import net.conntracklogger.history.NotPermittedException;
import net.conntracklogger.history.RowSink;
import net.conntracklogger.history.TimeSpan;
import net.conntracklogger.history.Totals;

/** Journal and archive as one log: the archive as far as its index says, and the journal's entries after that. */
public final class WholeLog implements FlowLog {
    private WholeLog() {}

    /** Returns where the logs of this host are: all its journals and namespaces, and the archive. */
    public static LogPlaces ofThisHost() throws IOException {
        throw new UnsupportedOperationException();
    }

    /** Returns where a copied or remote log is: journal files in the directory and below, and the archive in it or below. */
    public static LogPlaces inDirectory(java.nio.file.Path directory) throws IOException {
        throw new UnsupportedOperationException(directory.toString());
    }

    /**
     * Opens a log.
     *
     * @throws NotPermittedException if a file of the system's journal or of the archive may not be read
     */
    public static WholeLog open(LogPlaces places) throws IOException {
        throw new UnsupportedOperationException(places.toString());
    }

    /** Returns the flows that are logged from now on. */
    public static FlowFeed follow(LogPlaces places) throws IOException {
        throw new UnsupportedOperationException(places.toString());
    }

    @Override
    public void flows(FlowQuery query, RowSink sink) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<Totals> totals(FlowQuery query, Grouping grouping) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<FlowRow> notices(TimeSpan span) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public Coverage coverage(TimeSpan span) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() throws IOException {}
}
