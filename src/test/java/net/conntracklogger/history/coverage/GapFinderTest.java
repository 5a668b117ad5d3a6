// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class GapFinderTest {
    private static final String STARTED = "39f53479d3a045ac8e11786248231fbf";
    private static final String STOPPED = "9d1aaa27d60140bd96365438aad20286";
    private static final String SUPPRESSED = "a596d6fe7bfa4994828e72309e95d61e";
    private static final long SECOND = 1_000_000;

    private final GapFinder finder = new GapFinder();

    private void add(long time, String messageId, String... fieldsAndValues) {
        add(new FlowRow(time, time, 1), messageId, fieldsAndValues);
    }

    private void add(FlowRow row, String messageId, String... fieldsAndValues) {
        row.add(MESSAGE_ID, messageId);
        for (int i = 0; i < fieldsAndValues.length; i += 2) {
            row.add(JournalField.valueOf(fieldsAndValues[i]), fieldsAndValues[i + 1]);
        }
        finder.add(row);
    }

    private static Gap gap(Gap.Kind kind, long since, long until) {
        return new Gap(kind, since, until, Gap.UNKNOWN, "");
    }

    private void assertGaps(Gap... expected) {
        assertEquals(List.of(expected), finder.in(TimeSpan.ALWAYS));
    }

    @Test
    void findsNoneInAQuietLog() {
        add(10, STARTED);
        add(20, MessageId.KERNEL_ATTRIBUTION.text());
        assertGaps();
        assertTrue(finder.isRunning());
    }

    @Nested
    class WhenTheServiceStops {
        @Test
        void endsTheGapWithTheStart() {
            add(10, STOPPED);
            add(30, STARTED);
            assertGaps(gap(Gap.Kind.DOWN, 10, 30));
            assertTrue(finder.isRunning());
        }

        /** The service itself reports the time from its last sign of life on. */
        @Test
        void isOneGap() {
            add(10, STOPPED);
            add(30, STARTED);
            add(40, MessageId.RECORDS_LOST.text(), "LOST_WHERE", "down", "LOST_SINCE", "8", "LOST_UNTIL", "35");
            add(70, MessageId.RECORDS_LOST.text(), "LOST_WHERE", "down", "LOST_SINCE", "50", "LOST_UNTIL", "60");
            assertGaps(gap(Gap.Kind.DOWN, 8, 35), gap(Gap.Kind.DOWN, 50, 60));
        }

        @Test
        void goesOnIfItDoesNotStart() {
            add(10, STOPPED);
            assertGaps(gap(Gap.Kind.DOWN, 10, Long.MAX_VALUE));
            assertFalse(finder.isRunning());
        }

        @Test
        void beginsWithTheLastEntryOfABootThatEndedAtOnce() {
            add(10, MessageId.TRACKING_ACTIVE.text());
            add(new FlowRow(50, 1, 2), STARTED);
            assertGaps(gap(Gap.Kind.DOWN, 10, 50));
        }
    }

    @Test
    void findsLosses() {
        add(
                50,
                MessageId.RECORDS_LOST.text(),
                "LOST_COUNT",
                "7",
                "LOST_WHERE",
                "kernel",
                "LOST_SINCE",
                "30",
                "LOST_UNTIL",
                "40");
        assertGaps(new Gap(Gap.Kind.LOST, 30, 40, 7, "kernel"));
    }

    private void addLoss(String where, long since, long until, String count) {
        add(
                until,
                MessageId.RECORDS_LOST.text(),
                "LOST_COUNT",
                count,
                "LOST_WHERE",
                where,
                "LOST_SINCE",
                Long.toString(since),
                "LOST_UNTIL",
                Long.toString(until));
    }

    /** The service reports it every second. */
    @Test
    void joinsALossThatLasts() {
        for (long second = 1_000_000; second <= 5_000_000; second += 1_000_000) {
            addLoss("kernel", second, second + 900_000, "7");
            addLoss("queue", second + 100_000, second + 200_000, "1");
        }
        addLoss("kernel", 7_900_001, 8_000_000, "3");
        assertGaps(
                new Gap(Gap.Kind.LOST, 1_000_000, 5_900_000, 35, "kernel"),
                new Gap(Gap.Kind.LOST, 1_100_000, 5_200_000, 5, "queue"),
                new Gap(Gap.Kind.LOST, 7_900_001, 8_000_000, 3, "kernel"));
    }

    @Test
    void findsALossWithoutACount() {
        add(50, MessageId.RECORDS_LOST.text(), "LOST_WHERE", "off", "LOST_SINCE", "30", "LOST_UNTIL", "40");
        assertGaps(new Gap(Gap.Kind.LOST, 30, 40, Gap.UNKNOWN, "off"));
    }

    @Test
    void findsTimesWithoutTracking() {
        add(10, MessageId.TRACKING_INACTIVE.text());
        add(20, MessageId.TRACKING_INACTIVE.text());
        add(30, MessageId.TRACKING_ACTIVE.text());
        assertGaps(gap(Gap.Kind.UNTRACKED, 10, 30));
    }

    @Test
    void findsWhatWasDeletedBeforeItWasArchived() {
        add(30, MessageId.ARCHIVE_GAP.text(), "LOST_SINCE", "10", "LOST_UNTIL", "30");
        assertGaps(gap(Gap.Kind.VACUUMED, 10, 30));
    }

    @Nested
    class WhenJournaldSuppressesEntries {
        @Test
        void findsThoseOfTheService() {
            add(10, STARTED);
            add(30, SUPPRESSED, "MESSAGE", "Suppressed 1234 messages from conntrack-logger.service");
            assertGaps(new Gap(Gap.Kind.SUPPRESSED, 10, 30, 1234, "conntrack-logger.service"));
        }

        @Test
        void ignoresThoseOfOthers() {
            add(30, SUPPRESSED, "MESSAGE", "Suppressed 1234 messages from cron.service");
            assertGaps();
        }
    }

    /** The clock showed 100 s to 110 s, was set back by 60 s at some time, and showed 55 s 5 s later. */
    @Test
    void findsTimesThatOccurTwice() {
        add(new FlowRow(100 * SECOND, 10 * SECOND, 1), STARTED);
        add(new FlowRow(55 * SECOND, 25 * SECOND, 1), MessageId.TRACKING_ACTIVE.text());
        assertGaps(gap(Gap.Kind.CLOCK_SET_BACK, 40 * SECOND, 115 * SECOND));
    }

    @Test
    void takesASlowClockForWhatItIs() {
        add(new FlowRow(100 * SECOND, 10 * SECOND, 1), STARTED);
        add(new FlowRow(3_699_100_000L, 3610 * SECOND, 1), MessageId.TRACKING_ACTIVE.text());
        assertGaps();
    }

    @Test
    void returnsGapsOfASpanOnly() {
        add(10, STOPPED);
        add(30, STARTED);
        assertEquals(List.of(), finder.in(new TimeSpan(31, 100)));
        assertEquals(List.of(), finder.in(new TimeSpan(0, 10)));
        assertEquals(1, finder.in(new TimeSpan(30, 100)).size());
        assertEquals(1, finder.in(new TimeSpan(0, 11)).size());
    }
}
