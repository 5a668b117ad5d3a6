// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentenceTest {
    private static final long SINCE = micros("2026-11-23T02:14:02Z");
    private static final long UNTIL = micros("2026-11-23T02:14:12Z");

    private final Moments moments = new Moments(/* utc= */ true);
    private final Sentence sentence = new Sentence(moments);
    private final Question question = ask(new TimeSpan(SINCE, UNTIL));

    @AfterEach
    void close() {
        moments.close();
    }

    @Nested
    class Found {
        @Test
        void namesTheOwnerOfOneFlow() {
            assertSentence(
                    "Found: 1 flow of 203.0.113.7:443 began 2026-11-23 02:14:07 UTC, opened by curl(215) of backup.service as"
                            + " deploy.",
                    found(List.of(row("2026-11-23T02:14:07Z")), true, List.of()));
        }

        @Test
        void saysWhyTheOwnerIsUnknown() {
            FlowRow row = new FlowRow(micros("2026-11-23T02:14:07Z"), 0, 0);
            row.add(JournalField.PID_REASON, "process-gone");
            assertSentence(
                    "Found: 1 flow of 203.0.113.7:443 began 2026-11-23 02:14:07 UTC, its process is unknown (process-gone).",
                    found(List.of(row), true, List.of()));
        }

        @Test
        void namesTheSpanOfSeveralFlows() {
            assertSentence(
                    "Found: 2 flows of 203.0.113.7:443 began between 2026-11-23 02:14:07 and 02:15:08 UTC.",
                    found(List.of(row("2026-11-23T02:14:07Z"), row("2026-11-23T02:15:08Z")), true, List.of()));
        }

        @Test
        void countsTheFlowsOfSummaries() {
            assertSentence(
                    "Found: 1 flow of 203.0.113.7:443 began 2026-11-23 02:14:07 UTC, opened by curl(215) of backup.service as"
                            + " deploy, and 41 more until 2026-11-23 02:20:00 UTC.",
                    found(List.of(row("2026-11-23T02:14:07Z"), summary(30), summary(11)), true, List.of()));
        }

        @Test
        void saysWhenFlowsOfSummariesBegan() {
            assertSentence(
                    "Found: 30 flows of 203.0.113.7:443 began between 2026-11-23 02:14:10 and 02:20:00 UTC, of"
                            + " backup.service.",
                    found(List.of(summary(30)), true, List.of()));
        }

        private FlowRow summary(long flows) {
            FlowRow row = new FlowRow(micros("2026-11-23T02:21:00Z"), 0, 0);
            row.add(JournalField.FLOW_COUNT, Long.toString(flows));
            row.add(JournalField.FLOW_TIMESTAMP, Long.toString(micros("2026-11-23T02:14:10Z")));
            row.add(JournalField.FLOW_LAST, Long.toString(micros("2026-11-23T02:20:00Z")));
            row.add(JournalField.PID_SERVICE, "backup.service");
            return row;
        }

        @Test
        void saysThatThereAreMore() {
            assertSentence(
                    "Found: more than 2 flows of 203.0.113.7:443; the last 2 began between 2026-11-23 02:14:07 and"
                            + " 2026-11-24 02:14:08 UTC.",
                    found(List.of(row("2026-11-23T02:14:07Z"), row("2026-11-24T02:14:08Z")), false, List.of()));
        }

        @Test
        void saysThatAnAttemptWasRefused() {
            assertSentence(
                    "Found: 1 flow of 203.0.113.7:443 was refused 2026-11-23 02:14:07 UTC (netfilter), attempted by curl(215)"
                            + " of backup.service as deploy.",
                    found(List.of(refused("2026-11-23T02:14:07Z")), true, List.of()));
            assertSentence(
                    "Found: 2 flows of 203.0.113.7:443 were refused between 2026-11-23 02:14:07 and 02:15:08 UTC.",
                    found(List.of(refused("2026-11-23T02:14:07Z"), refused("2026-11-23T02:15:08Z")), true, List.of()));
            assertSentence(
                    "Found: 2 flows of 203.0.113.7:443 were attempted between 2026-11-23 02:14:07 and 02:15:08 UTC; 1 of them"
                            + " was refused.",
                    found(List.of(refused("2026-11-23T02:14:07Z"), row("2026-11-23T02:15:08Z")), true, List.of()));
        }

        @Test
        void saysWhatMayHideMore() {
            assertSentence(
                    "Found: 2 flows of 203.0.113.7:443 began between 2026-11-23 02:14:07 and 02:15:08 UTC; more may be missing:"
                            + " 12 records were lost in the kernel from 2026-11-23 02:14:02 to 02:14:12 UTC.",
                    found(
                            List.of(row("2026-11-23T02:14:07Z"), row("2026-11-23T02:15:08Z")),
                            true,
                            List.of(gap(Gap.Kind.LOST, 12, "kernel"))));
        }

        @Test
        void namesOneGapAndCountsTheOthers() {
            Gap gap = gap(Gap.Kind.DOWN, Gap.UNKNOWN, "");
            assertSentence(
                    "Found: 2 flows of 203.0.113.7:443 began between 2026-11-23 02:14:07 and 02:15:08 UTC; more may be missing:"
                            + " the service did not run from 2026-11-23 02:14:02 to 02:14:12 UTC; and 2 more gaps.",
                    found(
                            List.of(row("2026-11-23T02:14:07Z"), row("2026-11-23T02:15:08Z")),
                            true,
                            List.of(gap, gap, gap)));
        }

        private Verdict found(List<FlowRow> rows, boolean all, List<Gap> gaps) {
            return new Verdict.Found(question, rows, all, gaps);
        }
    }

    @Nested
    class NotSeen {
        @Test
        void andComplete() {
            assertSentence(
                    "Not seen: no flow of 203.0.113.7:443 began between 2026-11-23 02:14:02 and 02:14:12 UTC, and the log is"
                            + " complete there.",
                    new Verdict.Complete(question, SINCE, UNTIL));
        }

        @Test
        void inAllThatTheLogHas() {
            assertSentence(
                    "Not seen: no flow of 203.0.113.7:443 began between 2026-11-23 02:14:02 and 02:14:12 UTC, which is all that"
                            + " the log has, and the log is complete there.",
                    new Verdict.Complete(ask(TimeSpan.ALWAYS), SINCE, UNTIL));
        }

        @Test
        void becauseTheLogDoesNotReachBack() {
            assertSentence(
                    "Not seen, but the log reaches back only to 2026-11-23 02:14:12 UTC.",
                    new Verdict.TooOld(question, UNTIL));
            assertSentence(
                    "Not seen, but the log has no entry of conntrack-logger at all.",
                    new Verdict.TooOld(question, Long.MAX_VALUE));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "LOST           | 12 | kernel  | 12 records were lost in the kernel from A",
                    "LOST           | 1  | queue   | 1 record were lost in the queue from A",
                    "LOST           | 3  | journal | 3 records were lost on the way to the journal from A",
                    "LOST           | 3  | decode  | 3 records could not be decoded from A",
                    "LOST           | 3  | owner   | the owner of 3 flows was lost from A",
                    "LOST           | -1 | down    | the service did not run from A",
                    "LOST           | -1 | off     | connection tracking sent no events from A",
                    "LOST           | -1 | table   | the conntrack table was full from A",
                    "DOWN           | -1 | ''      | the service did not run from A",
                    "UNTRACKED      | -1 | ''      | connection tracking was inactive from A",
                    "SUPPRESSED     | 5  | ''      | journald suppressed 5 entries from A",
                    "SUPPRESSED     | -1 | ''      | journald suppressed an unknown number of entries from A",
                    "VACUUMED       | -1 | ''      | journald deleted entries from A before they were archived",
                    "CLOCK_SET_BACK | -1 | ''      | the clock was set back from A",
                    "DAMAGED        | -1 | cannot read x: Bad message | cannot read x: Bad message",
                    "DAMAGED        | -1 | x.journal | x.journal is damaged or missing, from A",
                })
        void becauseTheLogWasBlind(Gap.Kind kind, long count, String detail, String clause) {
            String expected = clause.replace("A", "2026-11-23 02:14:02 to 02:14:12 UTC");
            assertSentence(
                    "Not seen, but the log may lack it: " + expected.replace("1 record were", "1 record was") + ".",
                    new Verdict.Blind(question, List.of(gap(kind, count, detail)), List.of()));
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "OTHER_HOST            | this log is not that of the running system, and which flows its service logs is unknown",
                    "NOT_RUNNING           | nothing shows that the service ran after 2026-11-23 02:14:12 UTC",
                    "NOT_COUNTED           | no count of the service shows that none is missing after 2026-11-23 02:14:12 UTC",
                    "CONFIGURATION_CHANGED | the configuration changed at 2026-11-23 02:14:12 UTC, and may have excluded it before",
                    "CONFIGURATION_UNKNOWN | the configuration cannot be read, and may exclude it",
                    "PROTOCOLS             | only some protocols are logged (Protocols=)",
                    "RULES                 | rules exclude some flows (Include=, Exclude=)",
                    "ENDS_ONLY             | flows are logged when they end (Events=end), and it may be open",
                    "UNATTRIBUTED          | the owner of at least 1 flow there is unknown",
                    "UNNAMED               | the name of at least 1 destination there is unknown",
                    "NOT_YET               | flows after 2026-11-23 02:14:12 UTC may not be written yet",
                })
        void becauseOfADoubt(Doubt.Kind kind, String clause) {
            assertSentence(
                    "Not seen, but the log may lack it: " + clause + ".",
                    new Verdict.Blind(question, List.of(), List.of(new Doubt(kind, UNTIL, 1))));
        }

        @Test
        void forManyReasons() {
            Gap open = new Gap(Gap.Kind.DOWN, SINCE, Long.MAX_VALUE, Gap.UNKNOWN, "");
            Gap before = new Gap(Gap.Kind.VACUUMED, 0, UNTIL, Gap.UNKNOWN, "");
            Gap unknown = new Gap(Gap.Kind.DAMAGED, 0, Long.MAX_VALUE, Gap.UNKNOWN, "x.parquet");
            assertSentence(
                    "Not seen, but the log may lack it: the service did not run since 2026-11-23 02:14:02 UTC; journald deleted"
                            + " entries until 2026-11-23 02:14:12 UTC before they were archived; x.parquet is damaged or missing,"
                            + " at an unknown time; and 2 more reasons.",
                    new Verdict.Blind(
                            question, List.of(open, before, unknown, open), List.of(Doubt.of(Doubt.Kind.PROTOCOLS))));
        }
    }

    @Test
    void saysThatTheLogMayNotBeRead() {
        assertSentence(
                "Not known: cannot read system.journal: Permission denied; join the group systemd-journal.",
                new Verdict.NotPermitted(
                        "cannot read system.journal: Permission denied; join the group systemd-journal"));
    }

    private void assertSentence(String expected, Verdict verdict) {
        assertEquals(expected, sentence.of(verdict));
    }

    private static Question ask(TimeSpan span) {
        return new Question(List.of(Criterion.read("203.0.113.7:443")), span);
    }

    private static FlowRow row(String time) {
        FlowRow row = new FlowRow(micros(time), 0, 0);
        row.add(JournalField.FLOW_DIRECTION, "outbound");
        row.add(JournalField.PID, "215");
        row.add(JournalField.PID_COMM, "curl");
        row.add(JournalField.PID_SERVICE, "backup.service");
        row.add(JournalField.PID_USER, "deploy");
        return row;
    }

    private static FlowRow refused(String time) {
        FlowRow row = row(time);
        row.add(JournalField.FLOW_EVENT, "refused");
        row.add(JournalField.FLOW_REASON, "netfilter");
        return row;
    }

    private static Gap gap(Gap.Kind kind, long count, String detail) {
        return new Gap(kind, SINCE, UNTIL, count, detail);
    }

    private static long micros(String time) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(time));
    }
}
