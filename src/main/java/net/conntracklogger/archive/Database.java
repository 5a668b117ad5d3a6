// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/** A DuckDB in memory, which reads and writes Parquet files. Not thread-safe. */
public final class Database implements Closeable {
    private final DuckDBConnection connection;

    private Database(DuckDBConnection connection) {
        this.connection = connection;
    }

    /**
     * Loads DuckDB's native code. A thread that will open a database beside others must not be the one that loads: Java 17 holds
     * one lock while any native code is loaded and looks up its classes, and so two threads that load can wait for each other.
     */
    public static void load() throws IOException {
        try {
            // The class loads it; it is not public.
            Class.forName("org.duckdb.DuckDBNative");
        } catch (ClassNotFoundException | LinkageError e) {
            // A failure in the initializer of a class is the cause of another error.
            Throwable failure = e.getCause() == null ? e : e.getCause();
            throw new IOException("cannot load DuckDB: " + failure.getMessage() + "; reinstall conntrack-logger", e);
        }
    }

    /**
     * Opens a database.
     *
     * @param memory what it takes at most beside the JVM, such as {@code 256MB}
     * @param scratch directory for what does not fit; null: a query that does not fit fails
     */
    public static Database open(int threads, String memory, Path scratch) throws IOException {
        load();
        Properties options = new Properties();
        options.setProperty("threads", Integer.toString(threads));
        options.setProperty("memory_limit", memory);
        options.setProperty("temp_directory", scratch == null ? "" : scratch.toString());
        // What is not in the library is not fetched from the network.
        options.setProperty("autoinstall_known_extensions", "false");
        options.setProperty("autoload_known_extensions", "false");
        options.setProperty("preserve_insertion_order", "false");
        try {
            return new Database((DuckDBConnection) new DuckDBDriver().connect("jdbc:duckdb:", options));
        } catch (SQLException e) {
            throw failure("open", e);
        }
    }

    public DuckDBConnection connection() {
        return connection;
    }

    public void run(String sql) throws IOException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw failure("write", e);
        }
    }

    /** Returns a statement with values for its parameters, each a Long or a String. */
    public PreparedStatement prepare(String sql, List<Object> values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.size(); i++) {
            statement.setObject(i + 1, values.get(i));
        }
        return statement;
    }

    /** Returns the exception for a failure of the database. */
    public static IOException failure(String operation, SQLException e) {
        // Further lines are advice for those who write SQL.
        String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        String remedy = reason.startsWith("Out of Memory Error")
                ? "; ask for a shorter time, or let TMPDIR name a directory with more room"
                : "";
        return new IOException("cannot " + operation + " the archive: " + reason + remedy, e);
    }

    /** Returns a text as SQL. */
    public static String quote(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** Returns a table of files as SQL. Files of older versions lack columns, which are null then. Has {@code filename}. */
    public static String parquet(Path directory, List<ArchiveFile> files) {
        return parquet(directory, files, ArchiveFile::name);
    }

    /** Returns a table of the sums of files as SQL. Each of the files has sums. */
    public static String sums(Path directory, List<ArchiveFile> files) {
        return parquet(directory, files, ArchiveFile::sumsName);
    }

    private static String parquet(Path directory, List<ArchiveFile> files, Function<ArchiveFile, String> name) {
        String names = files.stream()
                .map(file -> quote(directory.resolve(name.apply(file)).toString()))
                .collect(Collectors.joining(", "));
        return "read_parquet([" + names + "], union_by_name = true, filename = true)";
    }

    /** Returns a table of files as SQL, with all columns of their kind. A column that no file has is null. */
    public static String rows(ArchiveKind kind, Path directory, List<ArchiveFile> files) {
        String empty = kind.columns().stream()
                .map(column -> "NULL::"
                        + (column.type() == ArchiveColumn.Type.TIME
                                ? "TIMESTAMPTZ"
                                : column.type().sql()) + " AS " + column.columnName())
                .collect(Collectors.joining(", "));
        return "(SELECT " + empty + " WHERE false UNION ALL BY NAME SELECT * FROM " + parquet(directory, files) + ")";
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            // Everything is in memory: there is nothing to lose.
        }
    }
}
