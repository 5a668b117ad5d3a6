// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the next process finds, whenever the one before ends. */
class UnwrittenEventsTest {
    private static final int LENGTH = 300;
    private static final int MEBIBYTE = 1 << 20;
    private static final int O_RDWR = 2;

    private final ByteBuffer message = ByteBuffer.allocate(HandoverMemory.LONGEST_EVENT);
    private HandoverMemory memory;
    private UnwrittenEvents events;

    @BeforeEach
    void create() throws LinuxException {
        memory = HandoverMemory.create();
        events = memory.events();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private long append() {
        return append(LENGTH);
    }

    private long append(int length) {
        return events.append(message, 0, length, 7);
    }

    /** Another process takes over the same memory. */
    private HandoverMemory adopt() throws LinuxException {
        return HandoverMemory.adopt(FileDescriptor.open("/proc/self/fd/" + memory.fd(), O_RDWR));
    }

    /** Returns what another process finds in the same memory. */
    private long[] left() throws LinuxException {
        try (HandoverMemory next = adopt()) {
            return next.events().left();
        }
    }

    private void write(long position, long entry) {
        events.assign(position, entry);
        events.setWritten(entry);
        events.release();
    }

    @Nested
    class AnEvent {
        @Test
        void isLeftUntilItsEntryIsWritten() throws LinuxException {
            events.beginBatch(1, 2);
            long first = append();
            long second = append();
            assertArrayEquals(new long[] {first, second}, left());
            events.assign(first, 1);
            events.assign(second, 2);
            events.setWritten(1);
            assertArrayEquals(new long[] {second}, left());
        }

        @Test
        void isNotLeftIfItNeedsNoEntry() throws LinuxException {
            events.beginBatch(1, 2);
            events.settle(append());
            assertArrayEquals(new long[0], left());
        }

        @Test
        void keepsWhatIsKnownOfIt() {
            events.beginBatch(11, 12);
            message.put(0, (byte) 42);
            long position = append();
            assertEquals(LENGTH, events.length(position));
            assertEquals(42, events.ring().bytes().get(events.offset(position)));
            assertEquals(7, events.namespace(position));
            assertEquals(11, events.notBefore(position));
            assertEquals(12, events.around(position));
        }

        /** The number of its former entry may then be that of another. */
        @Test
        void isLeftAgainIfItWasNotQueuedAgain() throws LinuxException {
            events.beginBatch(1, 2);
            long position = append();
            events.assign(position, 3);
            events.setWritten(2);
            assertArrayEquals(new long[] {position}, left());
            events.setWritten(3);
            assertArrayEquals(new long[] {position}, left());
        }
    }

    @Nested
    class TheRing {
        @Test
        void holdsTheDefaultQueue() {
            events.beginBatch(1, 2);
            for (int i = 0; i < 262_144; i++) {
                assertTrue(events.hasRoom(1, LENGTH), "after " + i);
                append(250);
            }
        }

        @Test
        void wrapsWithoutLoss() throws LinuxException {
            long position = UnwrittenEvents.NONE;
            events.beginBatch(1, 2);
            for (int i = 1; i <= 20_000; i++) {
                assertTrue(events.hasRoom(1, HandoverMemory.LONGEST_EVENT));
                position = append(HandoverMemory.LONGEST_EVENT - 8 * (i % 3));
                events.assign(position, i);
                events.setWritten(i - 1L);
                events.release();
            }
            assertArrayEquals(new long[] {position}, left());
        }

        @Test
        void isFullUntilEntriesAreWritten() {
            events.beginBatch(1, 2);
            long entry = 0;
            while (events.hasRoom(64, HandoverMemory.LONGEST_EVENT)) {
                events.assign(append(), ++entry);
            }
            events.release();
            assertFalse(events.hasRoom(64, HandoverMemory.LONGEST_EVENT));
            events.setWritten(entry);
            events.release();
            assertTrue(events.hasRoom(64, HandoverMemory.LONGEST_EVENT));
        }

        /** While some wait all the time. */
        @Test
        void usesFewPagesIfEventsAreWrittenSoon() {
            events.beginBatch(1, 2);
            long last = append();
            for (int i = 1; i <= 100_000; i++) {
                long next = append();
                write(last, i);
                last = next;
                assertTrue(events.offset(last) < MEBIBYTE, "after " + i);
            }
        }

        @Test
        void returnsItsMemoryAfterABurst() {
            events.beginBatch(1, 2);
            long entry = 0;
            long last = UnwrittenEvents.NONE;
            for (int i = 0; i < 10_000; i++) {
                last = append();
                events.assign(last, ++entry);
            }
            int middle = events.offset(last) / 2;
            write(last, entry);
            for (int offset = MEBIBYTE; offset < middle; offset += Long.BYTES) {
                assertEquals(0, events.ring().bytes().getLong(offset), "at " + offset);
            }
            write(append(), entry + 1);
            assertTrue(events.offset(append()) > MEBIBYTE, "the segment that is in use stays");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 100, 10_000})
        void isContinuedByTheNextProcess(int count) throws LinuxException {
            events.beginBatch(1, 2);
            long entry = 0;
            for (int i = 0; i < count; i++) {
                write(append(), ++entry);
            }
            long kept = append();
            message.put(0, (byte) 42);
            try (HandoverMemory next = adopt()) {
                next.events().beginBatch(3, 4);
                long added = next.events().append(message, 0, LENGTH, 7);
                assertEquals(42, next.events().ring().bytes().get(next.events().offset(added)));
                assertEquals(0, next.events().ring().bytes().get(next.events().offset(kept)));
                assertArrayEquals(new long[] {kept, added}, left());
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 100, 10_000})
        void isContinuedByTheNextProcessIfAllIsWritten(int count) throws LinuxException {
            events.beginBatch(1, 2);
            for (int i = 1; i <= count; i++) {
                write(append(), i);
            }
            try (HandoverMemory next = adopt()) {
                next.events().beginBatch(3, 4);
                long added = next.events().append(message, 0, LENGTH, 7);
                assertArrayEquals(new long[] {added}, left());
                assertEquals(LENGTH, next.events().length(added));
            }
        }
    }

    @Nested
    class TheMessagesThatWereReceived {
        /** The process ends after it has stored an event and before it has counted it. */
        @Test
        void areNotTakenTwice() throws LinuxException {
            events.beginBatch(1, 2);
            append();
            append();
            memory.appended().set(1);
            try (HandoverMemory next = adopt()) {
                assertEquals(2, next.events().appended());
            }
        }

        @Test
        void areCountedAfterTheRingWasEmptied() throws LinuxException {
            events.beginBatch(1, 2);
            events.settle(append());
            events.release();
            try (HandoverMemory next = adopt()) {
                assertEquals(1, next.events().appended());
            }
        }

        @Test
        void areOfTheBatchThatBeganLast() throws LinuxException {
            events.beginBatch(1, 2);
            append();
            events.beginBatch(3, 4);
            try (HandoverMemory next = adopt()) {
                assertEquals(0, next.events().appended());
                assertEquals(3, next.events().lastNotBefore());
            }
        }
    }

    @Nested
    class AnEntryThatWasSent {
        private static final int LEN = 56;

        private void send(int header, long number) {
            memory.sent().setNumber(header, number);
            memory.sent().headers().bytes().putInt(header * SentEntries.HEADER_LENGTH + LEN, LENGTH);
        }

        /** The kernel has stored its length, but the process ended before it saw that. */
        @Test
        void isWritten() throws LinuxException {
            events.beginBatch(1, 2);
            long first = append();
            long second = append();
            events.assign(first, 1);
            events.assign(second, 2);
            memory.sent().setNumber(1, 2);
            send(0, 1);
            assertArrayEquals(new long[] {second}, left());
        }

        @Test
        void isWrittenAfterTheHeadersAreUsedAgain() throws LinuxException {
            events.beginBatch(1, 2);
            events.assign(append(), 1);
            send(0, 1);
            memory.sent().clear(1);
            assertEquals(1, events.written());
            assertArrayEquals(new long[0], left());
        }
    }
}
