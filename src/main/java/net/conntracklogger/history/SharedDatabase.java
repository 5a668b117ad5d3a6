// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import net.conntracklogger.archive.Database;
import net.conntracklogger.archive.Scratch;
import net.conntracklogger.concurrent.Opening;

/**
 * The database that reads the archives of logs. It takes 0.2 s to open, so that it is opened when it is first needed, and most of
 * that in a thread of its own while the journal is read. Not thread-safe.
 */
final class SharedDatabase {
    private static final int THREADS = 2;
    /** DuckDB writes to its directory long before this is full. A month of 30 million flows takes less than 256 MB. */
    private static final String MEMORY = "384MB";

    /** A database and its directory, which is null if none can be made. */
    private record Opened(Database database, Scratch scratch) implements Closeable {
        static Opened in(Path parent) throws IOException {
            Scratch scratch;
            try {
                scratch = Scratch.in(parent);
            } catch (IOException e) {
                // A file system that cannot be written, as in a rescue. Most questions fit into memory.
                scratch = null;
            }
            try {
                return new Opened(
                        Database.open(THREADS, MEMORY, scratch == null ? null : scratch.directory()), scratch);
            } catch (IOException e) {
                close(scratch);
                throw e;
            }
        }

        @Override
        public void close() {
            database.close();
            close(scratch);
        }

        private static void close(Scratch scratch) {
            if (scratch != null) {
                scratch.close();
            }
        }
    }

    private final Path scratchParent;
    private Opening<Opened> opening;
    private Opened opened;

    /** @param scratchParent where the database makes a directory for what does not fit into its memory */
    SharedDatabase(Path scratchParent) {
        this.scratchParent = scratchParent;
    }

    /** Starts to open it, if that has not begun. */
    void prepare() throws IOException {
        if (opening == null) {
            Database.load();
            opening = Opening.start("archive-database", () -> Opened.in(scratchParent));
        }
    }

    /** Waits until it is open. */
    Database get() throws IOException {
        prepare();
        if (opened == null) {
            opened = opening.take();
        }
        return opened.database;
    }

    /** Closes it. A log that is still asked opens another. */
    void close() throws IOException {
        if (opened != null) {
            opened.close();
        } else if (opening != null) {
            opening.close();
        }
        opened = null;
        opening = null;
    }
}
