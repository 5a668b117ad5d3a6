// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.Loss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The journal stores as many entries as the test says. */
class StorageCheckTest {
    @TempDir
    private Path directory;

    private Path path;
    private UnixDatagramChannel journald;
    private Journal journal;
    private OptionalLong stored = OptionalLong.of(0);
    private int counted;

    @BeforeEach
    void open() throws IOException {
        path = directory.resolve("socket");
        listen();
        run("first");
        journal = new Journal(path, directory, (vector, count) -> 0, since -> {
            counted++;
            return stored;
        });
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
        journald.close();
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

    private void send(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            journal.begin();
            journal.put(JournalField.MESSAGE, "entry " + i);
            journal.commit();
        }
        assertTrue(journal.flush());
    }

    private void receive(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            assertNotNull(journald.receive(ByteBuffer.allocate(100)));
        }
    }

    private void restartAfter(int entries) throws IOException {
        journal.lostLater();
        send(entries);
        receive(entries);
        run("second");
    }

    @Test
    void countsWhatIsMissingAfterAnotherInvocation() throws IOException {
        restartAfter(5);
        stored = OptionalLong.of(4);
        assertEquals(Optional.empty(), journal.lostLater(), "journald may still store the last entry");
        Loss loss = journal.lostLater().orElseThrow();
        assertEquals(Loss.Place.JOURNAL, loss.place());
        assertEquals(1, loss.count());
        assertTrue(loss.since() < loss.until());
        assertEquals(Optional.empty(), journal.lostLater(), "reported once");
        assertEquals(1, counted);
    }

    @Test
    void countsWhatIsMissingAfterAnotherSocket() throws IOException {
        send(3);
        receive(1);
        journald.close();
        listen();
        send(2);
        receive(2);
        stored = OptionalLong.of(3);
        journal.lostLater();
        assertEquals(2, journal.lostLater().orElseThrow().count());
    }

    @Test
    void doesNotCountWithoutReason() throws IOException {
        for (int i = 0; i < 5; i++) {
            send(1);
            receive(1);
            assertEquals(Optional.empty(), journal.lostLater());
        }
        assertEquals(0, counted);
    }

    @Test
    void waitsUntilJournaldHasTakenAll() throws IOException {
        restartAfter(5);
        send(1);
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), journal.lostLater());
        }
        assertEquals(0, counted);
        receive(1);
        stored = OptionalLong.of(6);
        journal.lostLater();
        assertEquals(Optional.empty(), journal.lostLater());
        assertEquals(1, counted);
    }

    /** Not even a guess. */
    @Test
    void reportsNothingIfTheJournalCannotBeRead() throws IOException {
        restartAfter(5);
        stored = OptionalLong.empty();
        journal.lostLater();
        assertEquals(Optional.empty(), journal.lostLater());
        assertEquals(1, counted);
    }
}
