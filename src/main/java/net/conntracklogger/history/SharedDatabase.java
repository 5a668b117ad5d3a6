// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import net.conntracklogger.archive.Database;

/** The database that reads the archives of logs. Opened when it is first needed: it takes 0.2 s to load. Not thread-safe. */
final class SharedDatabase {
    private static final int THREADS = 2;
    private static final String MEMORY = "256MB";

    private Database database;

    Database get() throws IOException {
        if (database == null) {
            database = Database.open(THREADS, MEMORY, null);
        }
        return database;
    }

    /** Closes it. A log that is still asked opens another. */
    void close() {
        if (database != null) {
            database.close();
            database = null;
        }
    }
}
