// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.question.Criterion;
import net.conntracklogger.question.Question;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The log is complete from 1000 s to 2000 s, and the service runs. The question is about 1100 s to 1200 s. */
class JudgeTest {
    private static final long SECOND = 1_000_000;
    private static final TimeSpan SPAN = new TimeSpan(1100 * SECOND, 1200 * SECOND);

    private final FakeLog log = new FakeLog();
    private long logSince = 1000;
    private long logUntil = 2000;
    private long runningSince = 900;
    private long countedUntil = 2099;
    private long configurationChanged = 800;
    private boolean thisHost = true;
    private Configuration configuration = Configuration.DEFAULT;
    private final List<Gap> gaps = new ArrayList<>();

    @Test
    void findsFlows() throws IOException {
        log.matching.add(row(1150));
        Verdict verdict = answer(SPAN, "203.0.113.7");
        assertEquals(1, ((Verdict.Found) verdict).flows().size());
        assertEquals(0, verdict.exitCode());
    }

    @Test
    void knowsThatTheLogIsComplete() throws IOException {
        assertEquals(
                new Verdict.Complete(question(SPAN, Criterion.read("203.0.113.7")), 1100 * SECOND, 1200 * SECOND),
                answer(SPAN, "203.0.113.7"));
        assertEquals(4, answer(SPAN, "203.0.113.7").exitCode());
    }

    @Test
    void takesAQuestionWithoutBeginFromWhereTheLogBegins() throws IOException {
        gaps.add(new Gap(Gap.Kind.DOWN, 0, 1000 * SECOND, Gap.UNKNOWN, ""));
        Verdict.Complete complete = (Verdict.Complete) answer(TimeSpan.ALWAYS, "203.0.113.7");
        assertEquals(1000 * SECOND, complete.since());
        assertEquals(2095 * SECOND, complete.until());
    }

    @Test
    void endsWithTheLastCountOfABusyService() throws IOException {
        countedUntil = 2036;
        assertEquals(2036 * SECOND, ((Verdict.Complete) answer(TimeSpan.ALWAYS, "203.0.113.7")).until());
        countedUntil = 2035;
        assertEquals(5, answer(TimeSpan.ALWAYS, "203.0.113.7").exitCode());
    }

    @Test
    void takesACountBeforeTheSpanForNone() throws IOException {
        countedUntil = 2090;
        Verdict.Blind blind = (Verdict.Blind) answer(new TimeSpan(2091 * SECOND, Long.MAX_VALUE), "203.0.113.7");
        assertEquals(
                List.of(Doubt.Kind.NOT_COUNTED),
                blind.doubts().stream().map(Doubt::kind).toList());
    }

    /** A flow that a summary counts may not be written yet. */
    @Test
    void claimsLessIfRepeatsAreCounted() throws IOException {
        configuration = with(Set.of(FlowEvent.Kind.NEW), Set.of(), /* aggregate= */ 60);
        Verdict.Complete complete = (Verdict.Complete) answer(TimeSpan.ALWAYS, "203.0.113.7");
        assertEquals(2035 * SECOND, complete.until());
    }

    @Test
    void knowsThatTheLogHasAllFlows() throws IOException {
        log.others.add(row(1150));
        gaps.add(new Gap(Gap.Kind.LOST, 1150 * SECOND, 1151 * SECOND, 3, "owner"));
        assertEquals(
                new Verdict.Complete(new Question(List.of(), SPAN), 1100 * SECOND, 1200 * SECOND), completeness(SPAN));
        gaps.add(new Gap(Gap.Kind.LOST, 1150 * SECOND, 1151 * SECOND, 3, "kernel"));
        assertEquals(5, completeness(SPAN).exitCode());
    }

    /** Their counts are exact, so that no flow is missing. */
    @Test
    void knowsThatTheLogHasAllFlowsIfSummariesCountSome() throws IOException {
        log.summaries.add(summary(41, JournalField.FLOW_DST, "203.0.113.7"));
        assertEquals(
                new Verdict.Complete(new Question(List.of(), SPAN), 1100 * SECOND, 1200 * SECOND), completeness(SPAN));
    }

    @Nested
    class IsNotCertain {
        @Test
        void ifTheLogBeginsLater() throws IOException {
            logSince = 1101;
            assertEquals(
                    new Verdict.TooOld(question(SPAN, Criterion.read("203.0.113.7")), 1101 * SECOND),
                    answer(SPAN, "203.0.113.7"));
            assertEquals(5, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void ifTheLogIsEmpty() throws IOException {
            logSince = Long.MAX_VALUE / SECOND;
            assertEquals(5, answer(TimeSpan.ALWAYS, "203.0.113.7").exitCode());
        }

        @ParameterizedTest
        @EnumSource(Gap.Kind.class)
        void ifThereIsAGap(Gap.Kind kind) throws IOException {
            gaps.add(new Gap(kind, 1150 * SECOND, 1151 * SECOND, Gap.UNKNOWN, "kernel"));
            assertEquals(5, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void ifASummaryMayCountSuchAFlow() throws IOException {
            log.summaries.add(summary(41, JournalField.FLOW_DST, "203.0.113.7"));
            Verdict.Blind blind = (Verdict.Blind) answer(SPAN, "203.0.113.7:443");
            assertEquals(List.of(new Doubt(Doubt.Kind.SUMMARISED, 0, 41)), blind.doubts());
        }

        @Test
        void ifTheServiceWroteMoreFlowsThanTheLogHas() throws IOException {
            Gap gap = new Gap(Gap.Kind.MISCOUNTED, 1000 * SECOND, 1300 * SECOND, 1, "");
            log.miscounts.add(gap);
            assertEquals(List.of(gap), ((Verdict.Blind) answer(SPAN, "203.0.113.7")).gaps());
        }

        @Test
        void ifTheLogCannotBeReadToItsEnd() throws IOException {
            log.failure = new IOException("cannot read x.journal: Bad message");
            assertEquals(5, answer(SPAN, "203.0.113.7").exitCode());
            log.matching.add(row(1150));
            assertEquals(1, ((Verdict.Found) answer(SPAN, "203.0.113.7")).gaps().size());
            log.matching.clear();
            logSince = 1101; // what was not read is said, too
            assertEquals(1, ((Verdict.Blind) answer(SPAN, "203.0.113.7")).gaps().size());
            log.failure = new NotPermittedException("no");
            assertThrows(NotPermittedException.class, () -> answer(SPAN, "203.0.113.7"));
        }

        @Test
        void afterTheLastEntryOfAServiceThatDoesNotRun() throws IOException {
            logUntil = 1199;
            runningSince = Evidence.NOT_RUNNING / SECOND;
            assertDoubts("NOT_RUNNING", "203.0.113.7");
        }

        @Test
        void afterTheLastEntryOfAServiceThatStartedLater() throws IOException {
            logUntil = 1199;
            runningSince = 1500;
            assertDoubts("NOT_RUNNING", "203.0.113.7");
        }

        @Test
        void afterTheLastCountOfTheService() throws IOException {
            countedUntil = 1199;
            assertDoubts("NOT_COUNTED", "203.0.113.7");
        }

        @Test
        void aboutTheFuture() throws IOException {
            assertEquals(
                    5,
                    answer(new TimeSpan(1100 * SECOND, 9000 * SECOND), "203.0.113.7")
                            .exitCode());
            assertEquals(
                    5,
                    answer(new TimeSpan(2098 * SECOND, 2099 * SECOND), "203.0.113.7")
                            .exitCode());
        }

        @Test
        void ifTheConfigurationChangedLater() throws IOException {
            configurationChanged = 1101;
            assertDoubts("CONFIGURATION_CHANGED", "203.0.113.7");
        }

        @Test
        void ifTheLogIsThatOfAnotherHost() throws IOException {
            configuration = null;
            thisHost = false;
            assertDoubts("OTHER_HOST", "203.0.113.7");
        }

        @Test
        void ifTheConfigurationCannotBeRead() throws IOException {
            configuration = null;
            assertDoubts("CONFIGURATION_UNKNOWN", "203.0.113.7");
        }

        @Test
        void ifRulesExcludeFlows() throws IOException, RuleException {
            configuration = with(Set.of(FlowEvent.Kind.NEW), Set.of(), FlowRule.parse("dport=53"));
            assertDoubts("RULES", "203.0.113.7");
        }

        @Test
        void ifOnlyEndsAreLogged() throws IOException {
            configuration = with(Set.of(FlowEvent.Kind.END), Set.of());
            assertDoubts("ENDS_ONLY", "203.0.113.7");
        }

        @Test
        void ifOnlySomeProtocolsAreLogged() throws IOException {
            configuration = with(Set.of(FlowEvent.Kind.NEW), Set.of(Protocol.TCP));
            assertDoubts("PROTOCOLS", "203.0.113.7");
        }

        @Test
        void aboutAnOwnerIfAnyIsUnknown() throws IOException {
            FlowRow unknown = row(1150);
            unknown.add(JournalField.PID_REASON, "process-gone");
            log.others.add(unknown);
            assertDoubts("UNATTRIBUTED", Criterion.service("cron"));
        }

        @Test
        void aboutALostOwner() throws IOException {
            gaps.add(new Gap(Gap.Kind.LOST, 1150 * SECOND, 1151 * SECOND, 1, "owner"));
            assertEquals(
                    5,
                    judge().answer(question(SPAN, Criterion.user("deploy")), 10).exitCode());
            assertEquals(4, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void aboutANameIfADestinationHasNone() throws IOException {
            log.others.add(row(1150));
            assertDoubts("UNNAMED", Criterion.read("example.net"));
        }

        private void assertDoubts(String kinds, String text) throws IOException {
            assertDoubts(kinds, Criterion.read(text));
        }

        private void assertDoubts(String kinds, Criterion criterion) throws IOException {
            Verdict.Blind blind = (Verdict.Blind) judge().answer(question(SPAN, criterion), 10);
            assertEquals(
                    kinds,
                    blind.doubts().stream().map(doubt -> doubt.kind().name()).collect(Collectors.joining(" ")));
        }
    }

    @Nested
    class IsCertain {
        @Test
        void aboutAnOwnerIfAllAreKnownOrNoProcesses() throws IOException {
            FlowRow known = row(1150);
            known.add(JournalField.PID, "5");
            FlowRow forwarded = row(1150);
            forwarded.add(JournalField.PID_REASON, "forwarded");
            log.others.addAll(List.of(known, forwarded));
            assertEquals(
                    4,
                    judge().answer(question(SPAN, Criterion.service("cron")), 10)
                            .exitCode());
        }

        @Test
        void afterTheLastEntryOfAServiceThatStillRuns() throws IOException {
            logUntil = 1199;
            assertEquals(4, answer(SPAN, "203.0.113.7").exitCode());
        }
    }

    @Nested
    class AsksAPartThatHoldsTheSpan {
        private final FakeLog part = new FakeLog();

        @BeforeEach
        void divide() {
            part.coverage =
                    new Coverage(1000 * SECOND, 2000 * SECOND, Long.MAX_VALUE, 0, true, 2095 * SECOND, List.of());
            log.part = part;
        }

        @Test
        void andTakesWhatItFinds() throws IOException {
            part.matching.add(row(1150));
            log.failure = new IOException("not to be asked");
            assertEquals(0, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void andTakesThatNothingIsThere() throws IOException {
            log.failure = new IOException("not to be asked");
            assertEquals(4, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void andTheWholeIfItLacksFlows() throws IOException {
            part.miscounts.add(new Gap(Gap.Kind.MISCOUNTED, 1000 * SECOND, 1300 * SECOND, 1, ""));
            log.matching.add(row(1150));
            assertEquals(0, answer(SPAN, "203.0.113.7").exitCode());
        }

        @Test
        void andTheWholeIfItHasAGap() throws IOException {
            part.matching.add(row(1150));
            part.failure = new IOException("cannot read x.journal: Bad message");
            log.matching.addAll(List.of(row(1150), row(1160)));
            log.matching.get(0).add(JournalField.FLOW_DPORT, "80");
            assertEquals(
                    2, ((Verdict.Found) answer(SPAN, "203.0.113.7")).flows().size());
        }
    }

    private Verdict answer(TimeSpan span, String text) throws IOException {
        return judge().answer(question(span, Criterion.read(text)), 10);
    }

    private Verdict completeness(TimeSpan span) throws IOException {
        Judge judge = judge();
        return judge.completeness(span, log.coverage);
    }

    private Judge judge() {
        log.coverage = new Coverage(
                logSince == Long.MAX_VALUE / SECOND ? Long.MAX_VALUE : logSince * SECOND,
                logUntil * SECOND,
                Long.MAX_VALUE,
                0,
                true,
                countedUntil * SECOND,
                gaps);
        return new Judge(
                log,
                new Evidence(
                        thisHost,
                        Optional.ofNullable(configuration),
                        configurationChanged * SECOND,
                        runningSince * SECOND,
                        2100 * SECOND));
    }

    private static Question question(TimeSpan span, Criterion criterion) {
        return new Question(List.of(criterion), span);
    }

    private static Configuration with(Set<FlowEvent.Kind> events, Set<Protocol> protocols, FlowRule... exclude) {
        return with(events, protocols, 0, exclude);
    }

    private static Configuration with(
            Set<FlowEvent.Kind> events, Set<Protocol> protocols, int aggregate, FlowRule... exclude) {
        Configuration it = Configuration.DEFAULT;
        return new Configuration(
                it.tracking(),
                it.receiveBuffer(),
                it.queue(),
                it.attribution(),
                it.kernelFlows(),
                it.kernelProcesses(),
                it.namespaces(),
                events,
                it.existing(),
                it.openFlows(),
                protocols,
                it.include(),
                List.of(exclude),
                it.commandLine(),
                it.hashExecutables(),
                aggregate,
                it.floodRate(),
                it.progressSec(),
                it.firstSeen(),
                it.statisticsSec(),
                it.metrics(),
                it.archive(),
                it.fleet(),
                it.list(),
                it.allow());
    }

    private static FlowRow summary(long flows, JournalField field, String value) {
        FlowRow row = new FlowRow(1190 * SECOND, 0, 0);
        row.add(JournalField.FLOW_EVENT, "summary");
        row.add(JournalField.FLOW_COUNT, Long.toString(flows));
        row.add(JournalField.FLOW_TIMESTAMP, Long.toString(1150 * SECOND));
        row.add(field, value);
        return row;
    }

    private static FlowRow row(long second) {
        FlowRow row = new FlowRow(second * SECOND, 0, 0);
        row.add(JournalField.FLOW_EVENT, "new");
        row.add(JournalField.FLOW_ID, "7");
        row.add(JournalField.FLOW_TIMESTAMP, Long.toString(second * SECOND));
        return row;
    }
}
