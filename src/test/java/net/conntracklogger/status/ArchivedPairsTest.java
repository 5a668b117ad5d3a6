// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.watch.FirstSeen;
import net.conntracklogger.watch.SeenFile;
import net.conntracklogger.watch.SeenPairs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchivedPairsTest {
    private static final long INTERVAL_MILLIS = 20;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long FAR_NANOS = TimeUnit.HOURS.toNanos(1);
    /** Time at which journald has stored all flows that were queued before pairs are noted. */
    private static final long STORED = 1_000_000;

    @TempDir
    private Path directory;

    private final List<Notice> notices = new ArrayList<>();
    private OptionalLong written = OptionalLong.empty();
    private ArchivedPairs pairs;

    @BeforeEach
    void open() {
        long monotonic = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() + FAR_NANOS);
        pairs = new ArchivedPairs(
                new FirstSeen(),
                directory,
                () -> written,
                () -> Optional.of(new WrittenFlows(0, STORED, monotonic, 0)),
                Optional.of(new ArchiveRequest(request(), System.err)),
                notices::add,
                INTERVAL_MILLIS);
    }

    @AfterEach
    void close() {
        pairs.close();
    }

    private Path request() {
        return directory.resolve("request");
    }

    private void write(long until) throws IOException {
        new SeenFile(new SeenPairs(1), until, "").write(directory);
    }

    private boolean within(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean() && System.nanoTime() - deadline < 0) {
            pairs.check();
            Thread.sleep(20);
        }
        return condition.getAsBoolean();
    }

    @Test
    void requestARunOfTheArchive() throws InterruptedException {
        assertTrue(within(() -> Files.exists(request())));
        assertEquals("FirstSeen= waits for the archive", pairs.status());
    }

    /** The first file is old. The second is of a clock that was set back later: it was there when the flows were stored. */
    @Test
    void waitForARunThatBeganWhenAllEarlierFlowsWereStored() throws IOException, InterruptedException {
        write(STORED - 1);
        readOnce();
        write(STORED + 5);
        readOnce();
        written = OptionalLong.of(System.nanoTime() + FAR_NANOS);
        readOnce();
        assertEquals("FirstSeen= waits for the archive", pairs.status());
        write(STORED + 6);
        assertTrue(within(() -> pairs.status().isEmpty()));
        assertEquals(List.of(), notices);
    }

    /** Checks until the file was read again. */
    private void readOnce() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(INTERVAL_MILLIS + 500);
        assertTrue(within(() -> System.nanoTime() - end > 0));
    }

    @Test
    void nameTheTroubleWithTheFile() throws IOException, InterruptedException {
        Files.writeString(directory.resolve(SeenFile.NAME), "too short");
        assertTrue(within(() -> pairs.status().contains("cannot read " + directory.resolve(SeenFile.NAME))));
    }
}
