// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.handover.SentEntries;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the socket of journald receives, and what sd_journal_sendv(3) gets. */
class JournalTest {
    private static final int BATCH = 64;
    private static final int IOVEC_LENGTH = 16;

    @TempDir
    private Path directory;

    private Path path;
    private UnixDatagramChannel journald;
    private Journal journal;
    private final List<List<String>> sent = new ArrayList<>();
    private int status;

    @BeforeEach
    void open() throws IOException {
        path = directory.resolve("socket");
        listen();
        journal = new Journal(
                path,
                directory,
                SentEntries.ofThisProcess(),
                this::sendv,
                (since, until) -> OptionalLong.empty(),
                System::nanoTime,
                EpochMicros::now);
    }

    private void listen() throws IOException {
        Files.deleteIfExists(path);
        journald = UnixDatagramChannel.open();
        journald.bind(new UnixSocketAddress(path.toFile()));
    }

    @AfterEach
    void close() throws IOException {
        journal.close();
        journald.close();
    }

    @Nested
    class AnEntry {
        @Test
        void hasItsFieldsInTheirOrder() throws IOException {
            journal.begin();
            journal.put(JournalField.MESSAGE, "a b");
            journal.put(JournalField.PRIORITY, 6);
            journal.put(JournalField.PID_COMM, RawText.of("curl").printable());
            assertNull(receive(), "before commit");
            journal.commit();
            assertTrue(journal.flush());
            assertEquals("MESSAGE=a b\nPRIORITY=6\nPID_COMM=curl\n", receive());
        }

        @Test
        void hasNothingOfTheEntryBefore() throws IOException {
            commit("a long message of the first entry");
            commit("b");
            assertTrue(journal.flush());
            assertEquals("MESSAGE=a long message of the first entry\n", receive());
            assertEquals("MESSAGE=b\n", receive());
        }

        @Test
        void hasEveryValueOfAField() throws IOException {
            journal.begin();
            journal.put(JournalField.FLOW_DNAME, RawText.of("a.test").printable());
            journal.put(JournalField.FLOW_DNAME, RawText.of("b.test").printable());
            journal.commit();
            assertTrue(journal.flush());
            assertEquals("FLOW_DNAME=a.test\nFLOW_DNAME=b.test\n", receive());
        }

        @Test
        void repeatsTheFieldsOfAnOwner() throws IOException {
            Object owner = new Object();
            for (int i = 0; i < 3; i++) {
                journal.begin();
                journal.put(JournalField.MESSAGE, "entry " + i);
                if (!journal.putAgain(owner)) {
                    journal.put(JournalField.PID, 100 + i);
                    journal.put(JournalField.PID_COMM, "curl");
                    journal.keep(owner);
                }
                journal.put(JournalField.PEER_PID, i);
                journal.commit();
            }
            assertTrue(journal.flush());
            for (int i = 0; i < 3; i++) {
                assertEquals("MESSAGE=entry " + i + "\nPID=100\nPID_COMM=curl\nPEER_PID=" + i + "\n", receive());
            }
        }
    }

    @Nested
    class AValue {
        @ParameterizedTest
        @ValueSource(
                longs = {
                    0,
                    1,
                    9,
                    10,
                    99,
                    100,
                    Integer.MAX_VALUE,
                    1L << 31,
                    4_294_967_295L,
                    21_474_836_479L,
                    Long.MAX_VALUE
                })
        void isDecimal(long number) throws IOException {
            journal.begin();
            journal.put(JournalField.FLOW_ID, number);
            journal.commit();
            assertTrue(journal.flush());
            assertEquals("FLOW_ID=" + number + "\n", receive());
        }

        @Test
        void isNeverNegative() {
            journal.begin();
            assertEquals(
                    "PID is negative: -1",
                    assertThrows(IllegalArgumentException.class, () -> journal.put(JournalField.PID, -1))
                            .getMessage());
        }

        /** The second line would be another field. */
        @Test
        void isOneLine() {
            journal.begin();
            assertEquals(
                    "PID_COMM has several lines",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> journal.put(JournalField.PID_COMM, "x\nPID_UID=0"))
                            .getMessage());
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "plain", "ü", "aü日🐧b", "=", "a=b"})
        void isTextInUtf8(String text) throws IOException {
            commit(text);
            assertTrue(journal.flush());
            assertEquals("MESSAGE=" + text + "\n", receive());
        }
    }

    @Nested
    class ABatch {
        @Test
        void keepsTheOrder() throws IOException {
            for (int i = 0; i < BATCH; i++) {
                assertTrue(journal.hasRoom());
                commit("entry " + i);
            }
            assertFalse(journal.hasRoom());
            flushWhileReading(BATCH, "entry ");
            assertTrue(journal.hasRoom());
        }

        @Test
        void takesNoMoreThanItHolds() throws IOException {
            for (int i = 0; i <= BATCH; i++) {
                commit("entry " + i);
            }
            assertEquals(1, journal.lost());
        }

        /** 4 MB in a buffer of 192 KiB. */
        @Test
        void takesThePlaceOfTheBatchBefore() throws IOException {
            String text = "x".repeat(4000);
            for (int i = 0; i < 1000; i++) {
                commit(text + i);
                assertTrue(journal.flush());
                assertEquals("MESSAGE=" + text + i + "\n", receive());
            }
        }
    }

    @Nested
    class ALongEntry {
        private final String longest = "x".repeat(1700);

        private void commitLong() {
            journal.begin();
            for (JournalField field : JournalField.values()) {
                journal.put(field, RawText.of(longest).printable());
            }
            for (int i = 0; i < AttributedFlow.MOST_NAMES; i++) {
                journal.put(JournalField.FLOW_DNAME, RawText.of("n" + i).printable());
            }
            journal.commit();
        }

        @Test
        void goesThroughTheLibrary() {
            commitLong();
            assertTrue(journal.flush());
            List<String> fields = sent.get(0);
            assertEquals(JournalField.values().length + AttributedFlow.MOST_NAMES, fields.size());
            assertEquals("MESSAGE=" + longest, fields.get(0));
            assertEquals("FLOW_DNAME=n3", fields.get(fields.size() - 1));
        }

        @Test
        void comesAfterTheEntriesBefore() throws IOException {
            commit("before");
            commitLong();
            assertEquals("MESSAGE=before\n", receive());
            assertEquals(1, sent.size());
        }

        @Test
        void isLostIfTheLibraryFails() {
            status = -Errno.ENOMEM;
            commitLong();
            assertEquals(1, journal.lost());
        }
    }

    @Nested
    class ASocketThatDoesNotRead {
        @Test
        void losesNothing() throws IOException {
            int committed = 0;
            while (journal.flush()) {
                for (; journal.hasRoom(); committed++) {
                    commit("entry " + committed);
                }
            }
            assertEquals(
                    "cannot write to the journal: Resource temporarily unavailable (errno 11); journald does not read",
                    journal.trouble().getMessage());
            flushWhileReading(committed, "entry ");
            assertNull(journal.trouble());
            assertEquals(0, journal.lost());
        }
    }

    @Nested
    class AMissingSocket {
        @Test
        void losesNothing() throws IOException {
            Files.delete(path);
            commit("held");
            assertFalse(journal.flush());
            assertEquals(
                    "cannot connect to the journal's socket " + path
                            + ": No such file or directory (errno 2); start systemd-journald",
                    journal.trouble().getMessage());
            journald.close();
            listen();
            assertTrue(journal.flush());
            assertEquals("MESSAGE=held\n", receive());
            assertEquals(0, journal.lost());
        }

        @Test
        void isReplacedByANewOne() throws IOException {
            commit("a");
            assertTrue(journal.flush());
            assertEquals("MESSAGE=a\n", receive());
            journald.close();
            listen();
            commit("b");
            assertTrue(journal.flush());
            assertEquals("MESSAGE=b\n", receive());
        }
    }

    private void commit(String text) {
        journal.begin();
        journal.put(JournalField.MESSAGE, text);
        journal.commit();
    }

    /** The queue of a socket may hold no more than ten datagrams ({@code net.unix.max_dgram_qlen}). */
    private void flushWhileReading(int count, String prefix) {
        boolean all = journal.flush();
        for (int i = 0; i < count; i++) {
            String entry = receive();
            if (entry == null) {
                assertFalse(all, "entries are missing");
                all = journal.flush();
                entry = receive();
            }
            assertEquals("MESSAGE=" + prefix + i + "\n", entry);
        }
        assertTrue(journal.flush());
        assertNull(receive());
    }

    /** Returns the next datagram; null if there is none. */
    private String receive() {
        try (NativeBuffer datagram = new NativeBuffer(64 * 1024)) {
            long length = LibC.recv(journald.getFD(), datagram.pointer(), datagram.size(), LibC.MSG_DONTWAIT);
            return length < 0
                    ? null
                    : StandardCharsets.UTF_8
                            .decode(datagram.bytes().slice(0, (int) length))
                            .toString();
        }
    }

    private int sendv(Pointer iovec, int count) {
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Pointer base = iovec.getPointer((long) i * IOVEC_LENGTH);
            byte[] field = base.getByteArray(0, (int) iovec.getLong((long) i * IOVEC_LENGTH + 8));
            fields.add(new String(field, StandardCharsets.UTF_8));
        }
        sent.add(fields);
        return status;
    }
}
