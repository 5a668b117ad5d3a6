// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What sd_journal_sendv(3) gets. The substitute of the call reads each {@code struct iovec {void *base; size_t len}}. */
class JournalTest {
    private static final int IOVEC_LENGTH = 16;

    @TempDir
    private Path directory;

    private Path socket;
    private Journal journal;
    private final List<List<byte[]>> entries = new ArrayList<>();
    private int status;

    @BeforeEach
    void open() throws IOException {
        socket = Files.createFile(directory.resolve("socket"));
        journal = new Journal(socket, this::sendv);
    }

    @AfterEach
    void close() {
        journal.close();
    }

    @Nested
    class AnEntry {
        @Test
        void hasItsFieldsInTheirOrder() throws IOException {
            journal.begin();
            journal.put(JournalField.MESSAGE, "a b");
            journal.put(JournalField.PRIORITY, 6);
            journal.put(JournalField.PID_COMM, RawText.of("curl").printable());
            assertEquals(List.of(), entries, "before commit");
            journal.commit();
            assertEntry("MESSAGE=a b", "PRIORITY=6", "PID_COMM=curl");
        }

        @Test
        void hasNothingOfTheEntryBefore() throws IOException {
            write(JournalField.MESSAGE, "a long message of the first entry");
            write(JournalField.MESSAGE, "b");
            assertEquals(2, entries.size());
            assertEntry("MESSAGE=b");
        }

        /** 4 MB in a buffer of 128 KiB. */
        @Test
        void takesThePlaceOfTheEntryBefore() throws IOException {
            String text = "x".repeat(4096);
            for (int i = 0; i < 1000; i++) {
                write(JournalField.MESSAGE, text + i);
                assertEntry("MESSAGE=" + text + i);
            }
        }

        @Test
        void hasEveryValueOfAField() throws IOException {
            journal.begin();
            journal.put(JournalField.FLOW_DNAME, RawText.of("a.test").printable());
            journal.put(JournalField.FLOW_DNAME, RawText.of("b.test").printable());
            journal.commit();
            assertEntry("FLOW_DNAME=a.test", "FLOW_DNAME=b.test");
        }

        @Test
        void holdsAllFieldsAtTheirLongest() throws IOException {
            byte[] longest = "x".repeat(1700).getBytes(StandardCharsets.US_ASCII);
            journal.begin();
            for (JournalField field : JournalField.values()) {
                journal.put(field, RawText.copyOf(longest, 0, longest.length).printable());
            }
            for (int i = 0; i < AttributedFlow.MOST_NAMES; i++) {
                journal.put(JournalField.FLOW_DNAME, RawText.of("n" + i).printable());
            }
            journal.commit();
            List<byte[]> fields = entries.get(0);
            assertEquals(JournalField.values().length + AttributedFlow.MOST_NAMES, fields.size());
            assertEquals("FLOW_DNAME=n3", ascii(fields.get(fields.size() - 1)));
            assertEquals("MESSAGE=".length() + 1700, fields.get(0).length);
        }
    }

    @Nested
    class AValue {
        @ParameterizedTest
        @ValueSource(longs = {0, 1, 9, 10, 99, 100, 4_294_967_295L, Long.MAX_VALUE})
        void isDecimal(long number) throws IOException {
            journal.begin();
            journal.put(JournalField.FLOW_ID, number);
            journal.commit();
            assertEntry("FLOW_ID=" + number);
        }

        @Test
        void isNeverNegative() {
            journal.begin();
            assertEquals(
                    "PID is negative: -1",
                    assertThrows(IllegalArgumentException.class, () -> journal.put(JournalField.PID, -1))
                            .getMessage());
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "plain", "ü", "aü日🐧b", "two\nlines", "=", "a=b"})
        void isTextInUtf8(String text) throws IOException {
            write(JournalField.MESSAGE, text);
            assertArrayEquals(
                    ("MESSAGE=" + text).getBytes(StandardCharsets.UTF_8),
                    entries.get(0).get(0));
        }
    }

    @Nested
    class AFailure {
        @ParameterizedTest
        @CsvSource({
            "1, cannot write to the journal: Operation not permitted (errno 1)",
            "12, cannot write to the journal: Cannot allocate memory (errno 12)",
            "28, cannot write to the journal: No space left on device (errno 28)"
        })
        void namesTheErrorOfTheCall(int errno, String message) {
            status = -errno;
            LinuxException failure =
                    assertThrows(LinuxException.class, () -> write(JournalField.MESSAGE, "never written"));
            assertEquals(message, failure.getMessage());
            assertEquals(errno, failure.errno());
        }

        @Test
        void doesNotAffectTheNextEntry() throws IOException {
            status = -Errno.ENOMEM;
            assertThrows(LinuxException.class, () -> write(JournalField.MESSAGE, "never written"));
            status = 0;
            write(JournalField.MESSAGE, "written");
            assertEntry("MESSAGE=written");
        }
    }

    /** sd_journal_sendv reports success if the socket does not exist. */
    @Nested
    class AMissingSocket {
        private static final int ENTRIES_PER_CHECK = 64;

        @Test
        void isReportedByTheFirstEntry() throws IOException {
            Files.delete(socket);
            assertMissing();
            assertEquals(List.of(), entries, "a lost entry is not sent");
        }

        @Test
        void isReportedUntilItExists() throws IOException {
            Files.delete(socket);
            assertMissing();
            assertMissing();
            Files.createFile(socket);
            write(JournalField.MESSAGE, "back");
            assertEntry("MESSAGE=back");
        }

        @Test
        void isReportedWithin64Entries() throws IOException {
            write(JournalField.MESSAGE, "first");
            Files.delete(socket);
            int written = 0;
            while (written < ENTRIES_PER_CHECK && !isMissing()) {
                written++;
            }
            assertEquals(ENTRIES_PER_CHECK - 1, written);
        }

        private boolean isMissing() {
            try {
                write(JournalField.MESSAGE, "another");
                return false;
            } catch (IOException e) {
                return true;
            }
        }

        private void assertMissing() {
            LinuxException failure = assertThrows(LinuxException.class, () -> write(JournalField.MESSAGE, "lost"));
            assertEquals(
                    "cannot find the journal's socket " + socket
                            + ": No such file or directory (errno 2); start systemd-journald",
                    failure.getMessage());
        }
    }

    private void write(JournalField field, String text) throws IOException {
        journal.begin();
        journal.put(field, text);
        journal.commit();
    }

    private int sendv(Pointer iovec, int count) {
        List<byte[]> fields = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Pointer base = iovec.getPointer((long) i * IOVEC_LENGTH);
            fields.add(base.getByteArray(0, (int) iovec.getLong((long) i * IOVEC_LENGTH + 8)));
        }
        if (status == 0) {
            entries.add(fields);
        }
        return status;
    }

    private void assertEntry(String... fields) {
        List<byte[]> last = entries.get(entries.size() - 1);
        assertEquals(List.of(fields), last.stream().map(JournalTest::ascii).toList());
    }

    private static String ascii(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
