// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import net.conntracklogger.archive.Database;
import net.conntracklogger.concurrent.Opening;

/**
 * The database that reads the archives of logs. It takes 0.2 s to open, so that it is opened when it is first needed, and most of
 * that in a thread of its own while the journal is read. Not thread-safe.
 */
final class SharedDatabase {
    private static final int THREADS = 2;
    private static final String MEMORY = "256MB";

    private Opening<Database> opening;
    private Database database;

    /** Starts to open it, if that has not begun. */
    void prepare() throws IOException {
        if (opening == null) {
            Database.load();
            opening = Opening.start("archive-database", () -> Database.open(THREADS, MEMORY, null));
        }
    }

    /** Waits until it is open. */
    Database get() throws IOException {
        prepare();
        if (database == null) {
            database = opening.take();
        }
        return database;
    }

    /** Closes it. A log that is still asked opens another. */
    void close() throws IOException {
        if (database != null) {
            database.close();
        } else if (opening != null) {
            opening.close();
        }
        database = null;
        opening = null;
    }
}
