// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.handover.SentEntries;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal stores what the test says, and time passes when the test says so. */
class StorageCheckTest {
    /** As many as the queue of a socket surely takes ({@code net.unix.max_dgram_qlen}). */
    private static final int BATCH = 10;

    @TempDir
    private Path directory;

    private Path path;
    private UnixDatagramChannel journald;
    private Journal journal;
    /** Times of the stored entries, microseconds since the epoch. Another thread counts them. */
    private final List<Long> stored = new CopyOnWriteArrayList<>();

    private volatile boolean readable = true;
    private final AtomicInteger counts = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    /** CLOCK_REALTIME minus the clock above. */
    private long epoch = TimeUnit.DAYS.toMicros(10_000);

    @BeforeEach
    void open() throws IOException {
        path = directory.resolve("socket");
        listen();
        run("first");
        journal = new Journal(
                path,
                directory,
                SentEntries.ofThisProcess(),
                (vector, count) -> 0,
                this::count,
                nanos::get,
                this::micros);
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
        journald.close();
    }

    /** Each entry and each mark has a time of its own. */
    private long micros() {
        return epoch + nanos.addAndGet(1000) / 1000;
    }

    private OptionalLong count(long since, long until) {
        OptionalLong count = readable
                ? OptionalLong.of(stored.stream()
                        .filter(time -> time >= since && time < until)
                        .count())
                : OptionalLong.empty();
        counts.incrementAndGet();
        return count;
    }

    private void listen() throws IOException {
        Files.deleteIfExists(path);
        journald = UnixDatagramChannel.open();
        journald.bind(new UnixSocketAddress(path.toFile()));
    }

    /** Publishes an invocation of journald. */
    private void run(String invocation) throws IOException {
        Path link = directory.resolve("invocation:systemd-journald.service");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, Path.of(invocation));
    }

    private void send(int count) {
        for (int i = 0; i < count; i++) {
            journal.begin();
            journal.put(JournalField.MESSAGE, "entry " + i);
            journal.commit();
        }
        assertTrue(journal.flush());
    }

    /** Lets journald take entries and store the first of them. */
    private void receive(int count, int kept) throws IOException {
        for (int i = 0; i < count; i++) {
            assertNotNull(journald.receive(ByteBuffer.allocate(100)));
            if (i < kept) {
                stored.add(micros());
            }
        }
    }

    /** Lets a second pass in which entries are sent, of which journald stores the first, and checks. */
    private Optional<Loss> second(int count, int kept) throws IOException {
        for (int rest = count; rest > 0; rest -= BATCH) {
            send(Math.min(rest, BATCH));
            receive(Math.min(rest, BATCH), Math.max(0, Math.min(BATCH, kept - count + rest)));
        }
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        return journal.lostLater();
    }

    /** Checks until entries are counted so many times, and returns what is missing. */
    private Optional<Loss> counted(int times) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        Optional<Loss> loss = Optional.empty();
        int checks = 0; // the other thread hands over its count after it has counted
        while (loss.isEmpty() && checks < 50 && System.nanoTime() - deadline < 0) {
            Thread.sleep(1);
            loss = journal.lostLater();
            checks += counts.get() < times ? 0 : 1;
        }
        assertEquals(times, counts.get());
        return loss;
    }

    private void restartAfter(int entries, int kept) throws IOException {
        journal.lostLater();
        send(entries);
        receive(entries, kept);
        run("second");
    }

    @Test
    void countsWhatIsMissingAfterAnotherInvocation() throws Exception {
        restartAfter(5, 4);
        assertEquals(Optional.empty(), journal.lostLater(), "journald may still store the last entry");
        assertEquals(Optional.empty(), journal.lostLater());
        Loss loss = counted(2).orElseThrow();
        assertEquals(Loss.Place.JOURNAL, loss.place());
        assertEquals(1, loss.count());
        assertTrue(loss.since() < loss.until());
        assertTrue(journal.isKept(), "later entries");
        assertEquals(Optional.empty(), counted(2), "reported once");
    }

    @Test
    void countsWhatIsMissingAfterAnotherSocket() throws Exception {
        send(3);
        receive(1, 1);
        journald.close();
        listen();
        send(2);
        receive(2, 2);
        journal.lostLater();
        journal.lostLater();
        assertEquals(2, counted(2).orElseThrow().count());
    }

    @Test
    void doesNotCountWithoutReasonWithinTwentySeconds() throws Exception {
        for (int i = 0; i < 18; i++) {
            assertEquals(Optional.empty(), second(1, 1));
        }
        assertEquals(0, counts.get());
    }

    @Test
    void waitsUntilJournaldHasTakenAll() throws Exception {
        restartAfter(5, 5);
        send(1);
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), journal.lostLater());
        }
        assertEquals(0, counts.get());
        receive(1, 1);
        journal.lostLater();
        journal.lostLater();
        assertEquals(Optional.empty(), counted(1));
    }

    /** Not even a guess. */
    @Test
    void reportsNothingIfTheJournalCannotBeRead() throws Exception {
        restartAfter(5, 0);
        readable = false;
        journal.lostLater();
        journal.lostLater();
        assertEquals(Optional.empty(), counted(1));
        assertTrue(journal.isKept());
    }

    @Test
    void countsThreeTimesAMinute() throws Exception {
        for (int i = 1; i <= 3; i++) {
            seconds(20, 2, 2);
            assertEquals(Optional.empty(), counted(i));
        }
        assertTrue(journal.isKept());
    }

    /** Of three entries a second, a warning is stored. */
    @Test
    void countsWhatJournaldDropsWhileItRuns() throws Exception {
        seconds(19, 3, 3);
        seconds(1, 3, 1);
        assertEquals(Optional.empty(), counted(1), "the last second is counted when a later entry is taken");
        seconds(20, 3, 1);
        long first = counted(3).orElseThrow().count();
        assertFalse(journal.isKept());
        seconds(20, 3, 3);
        long rest = counted(5).orElseThrow().count();
        assertEquals(42, first + rest);
        seconds(20, 3, 3);
        assertEquals(Optional.empty(), counted(6));
        assertTrue(journal.isKept());
    }

    @Test
    void countsASecondOfManyAndAllIfSomeAreMissing() throws Exception {
        seconds(20, 1000, 1000);
        assertEquals(Optional.empty(), counted(1));
        seconds(20, 1000, 999);
        Loss loss = counted(5).orElseThrow();
        assertTrue(Math.abs(loss.count() - 20) <= 1, () -> loss.count() + " in 20 s");
        assertFalse(journal.isKept());
    }

    /** Entries are assigned to an interval by the time of day. */
    @Test
    void countsNothingOfAnIntervalInWhichTheClockWasSet() throws Exception {
        seconds(10, 1, 1);
        epoch -= TimeUnit.HOURS.toMicros(1);
        seconds(10, 1, 1);
        assertEquals(0, counts.get());
        seconds(20, 1, 1);
        assertEquals(Optional.empty(), counted(1));
        assertTrue(journal.isKept());
    }

    private void seconds(int seconds, int sent, int kept) throws IOException {
        for (int i = 0; i < seconds; i++) {
            assertEquals(Optional.empty(), second(sent, kept));
        }
    }
}
