// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.query.FlowFeed;
import net.conntracklogger.history.query.FlowRow;

/** Flows as this host's journal receives them. Not thread-safe. */
public final class JournalFeed implements FlowFeed {
    private final JournalHandle journal;

    private JournalFeed(JournalHandle journal) {
        this.journal = journal;
    }

    /** Begins after the most recent entry. */
    public static JournalFeed ofHost() throws IOException {
        JournalHandle journal = JournalHandle.ofHost();
        journal.match(JournalMatch.WRITTEN);
        journal.seekTail();
        journal.previous();
        return new JournalFeed(journal);
    }

    @Override
    public FlowRow next(Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            while (journal.next()) {
                FlowRow row = journal.row();
                if (row.get(JournalField.FLOW_EVENT) != null) {
                    return row;
                }
            }
            long left = TimeUnit.NANOSECONDS.toMicros(deadline - System.nanoTime());
            if (left <= 0) {
                return null;
            }
            journal.await(left);
        }
    }

    @Override
    public void close() {
        journal.close();
    }
}
