// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.history.coverage.Coverage;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.query.Endpoint;
import net.conntracklogger.history.query.FlowQuery;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.history.query.Grouping;
import net.conntracklogger.history.query.Listing;
import net.conntracklogger.history.query.RowFilter;
import net.conntracklogger.history.query.TimeSpan;
import net.conntracklogger.history.query.Totals;
import net.conntracklogger.history.query.TotalsTable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Journal and archive as one: the same answers whether rows are in the one, in the other or in both. */
class WholeLogIT {
    private static final int FLOWS = 4000;
    private static final FlowQuery ALL = FlowQuery.in(TimeSpan.ALWAYS);

    @TempDir
    private static Path directory;

    private static LogBed bed;
    private static List<FlowRow> logged;

    static final List<FlowQuery> QUERIES = List.of(
            ALL,
            ALL.withEndpoint(Endpoint.of(AddressText.parse("11.0.0.0"), Endpoint.ANY_PORT)),
            ALL.withEndpoint(Endpoint.of(AddressText.parse("203.0.113.1"), Endpoint.ANY_PORT)),
            ALL.withEndpoint(Endpoint.of(AddressText.parse("11.0.10.10"), 53)),
            ALL.withEndpoint(Endpoint.of(AddressText.parse("192.168.0.12"), 443)),
            ALL.withEndpoint(new Endpoint(AddressText.parse("11.0.0.0"), 20, Endpoint.ANY_PORT)),
            ALL.withEndpoint(new Endpoint(AddressText.parse("11.0.0.0"), 20, 53)),
            ALL.withEndpoint(Endpoint.ofPort(5432)),
            ALL.withEndpoint(Endpoint.of(AddressText.parse("192.0.2.1"), Endpoint.ANY_PORT)),
            ALL.withService(new UnitName("unit-5.service")),
            ALL.withService(new UnitName("unit-5")),
            ALL.withService(new UnitName("worker@.service")),
            ALL.withService(new UnitName("work@.service")),
            ALL.withPid(500),
            ALL.withUser("user-7"),
            ALL.withUser("1007"),
            ALL.withName("host-1.example.org"),
            ALL.withName("*.example.net"),
            ALL.withName("' OR true --"),
            ALL.without(JournalField.FLOW_DNAME),
            ALL.without(JournalField.FLOW_REPLY_SRC).withEndpoint(Endpoint.ofPort(443)),
            ALL.withListing(new Few(Set.of("11.0.0.0", "11.0.10.10", "203.0.113.1"), Set.of())),
            ALL.withListing(new Few(Set.of("11.0.0.0"), Set.of("host-1.example.org"))),
            ALL.withListing(new Few(Set.of(), Set.of("host-1.example.org"))),
            ALL.withListing(new Few(Set.of(), Set.of())),
            ALL.during(new TimeSpan(LogBed.NOON + 100_000_000, LogBed.NOON + 200_000_000)),
            ALL.during(new TimeSpan(LogBed.NOON + 199_000_000, LogBed.NOON + 201_000_000))
                    .withEndpoint(Endpoint.ofPort(443)));

    private record Few(Set<String> addresses, Set<String> names) implements Listing {
        @Override
        public boolean hasAddress(String address) {
            return addresses.contains(address);
        }

        @Override
        public boolean hasName(String name) {
            return names.contains(name);
        }
    }

    @BeforeAll
    static void log() throws IOException {
        bed = new LogBed(directory);
        logged = new ArrayList<>(bed.log(flows(LogBed.NOON)));
        bed.archive();
        List<FlowRow> later = new ArrayList<>(bed.log(flows(LogBed.NOON + 201_000_000)));
        logged.addAll(later);
    }

    /** Half of the flows. Every hundredth entry stands for several. */
    private static Iterator<FlowRow> flows(long first) {
        List<FlowRow> rows = new ArrayList<>();
        new GeneratedFlows(FLOWS / 2, first, 10).forEachRemaining(rows::add);
        for (int i = 0; i < rows.size(); i += 100) {
            FlowRow row = rows.get(i);
            row.add(JournalField.FLOW_COUNT, Integer.toString(i));
            row.add(JournalField.FLOW_END_COUNT, "3");
            row.add(JournalField.FLOW_FIRST, row.get(JournalField.FLOW_TIMESTAMP));
            row.add(JournalField.FLOW_LAST, Long.toString(row.time()));
            row.add(JournalField.FLOW_DST_COUNT, "1");
            row.add(JournalField.FLOW_DPORT_COUNT, "2");
        }
        return rows.iterator();
    }

    @ParameterizedTest
    @FieldSource("QUERIES")
    void findsEachRowOnce(FlowQuery query) throws IOException {
        List<String> expected = LogBed.values(logged, query);
        try (WholeLog whole = bed.whole();
                WholeLog journal = bed.journalOnly()) {
            assertEquals(expected, LogBed.values(whole, query));
            assertEquals(expected, LogBed.values(journal, query));
        }
    }

    @Test
    void findsCommunityIds() throws IOException {
        FlowRow translated = logged.stream()
                .filter(row -> row.get(JournalField.FLOW_REPLY_COMMUNITY_ID) != null)
                .findFirst()
                .orElseThrow();
        for (JournalField field : List.of(JournalField.FLOW_COMMUNITY_ID, JournalField.FLOW_REPLY_COMMUNITY_ID)) {
            FlowQuery query = ALL.withCommunityId(translated.get(field));
            try (WholeLog whole = bed.whole()) {
                assertEquals(LogBed.texts(List.of(translated)), LogBed.values(whole, query));
            }
        }
    }

    @Test
    void beginsWithTheMostRecentRow() throws IOException {
        List<Long> times = new ArrayList<>();
        try (WholeLog whole = bed.whole()) {
            whole.flows(ALL.withLimit(FLOWS * 3 / 4), row -> times.add(row.time()));
        }
        assertEquals(
                logged.stream()
                        .map(FlowRow::time)
                        .sorted(Comparator.reverseOrder())
                        .limit(FLOWS * 3 / 4)
                        .toList(),
                times);
    }

    /** The clock was set back, so that the first two files have the same times. */
    @Test
    void isInTheOrderOfTimeOverAllFiles() throws IOException {
        LogBed days = new LogBed(directory.resolve("days"));
        List<Long> expected = new ArrayList<>();
        long second = 1_000_000;
        for (long begin : List.of(0L, 20 * second, 86_400 * second, 2 * 86_400 * second)) {
            days.log(new GeneratedFlows(50, LogBed.NOON + begin, 1)).forEach(row -> expected.add(row.time()));
            days.archive();
        }
        expected.sort(Comparator.reverseOrder());
        List<Long> times = new ArrayList<>();
        try (WholeLog archived = days.archiveOnly()) {
            archived.flows(ALL, row -> times.add(row.time()));
            assertEquals(expected, times);
            times.clear();
            archived.flows(ALL.withLimit(120), row -> times.add(row.time()));
        }
        assertEquals(expected.subList(0, 120), times);
    }

    @Test
    void stopsWhenTheSinkHasEnough() throws IOException {
        List<FlowRow> taken = new ArrayList<>();
        try (WholeLog whole = bed.whole()) {
            whole.flows(ALL, row -> {
                taken.add(row);
                return taken.size() < 3;
            });
        }
        assertEquals(3, taken.size());
    }

    @Test
    void countsByGroups() throws IOException {
        List<Grouping> groupings = List.of(
                new Grouping(List.of(), 0),
                Grouping.by(JournalField.PID_SERVICE, JournalField.FLOW_DST),
                Grouping.by(JournalField.FLOW_DNAME),
                Grouping.by(JournalField.FLOW_DPORT),
                new Grouping(List.of(JournalField.FLOW_DIRECTION), 60_000_000));
        try (WholeLog whole = bed.whole()) {
            List<List<Totals>> atOnce = whole.totals(ALL, groupings);
            for (Grouping grouping : groupings) {
                TotalsTable expected = new TotalsTable(grouping);
                logged.forEach(expected::add);
                assertEquals(sorted(expected.all()), sorted(whole.totals(ALL, grouping)), grouping::toString);
                assertEquals(
                        sorted(expected.all()), sorted(atOnce.get(groupings.indexOf(grouping))), grouping::toString);
            }
        }
    }

    @Test
    void countsTheRowsOfAQueryOnly() throws IOException {
        FlowQuery query = QUERIES.get(QUERIES.size() - 1);
        List<Grouping> groupings = List.of(Grouping.by(JournalField.FLOW_DST), Grouping.by(JournalField.PID_SERVICE));
        try (WholeLog whole = bed.whole()) {
            for (List<Totals> totals : whole.totals(query, groupings)) {
                assertEquals(
                        LogBed.values(logged, query).size(),
                        totals.stream().mapToLong(Totals::flows).sum());
            }
        }
    }

    @Test
    void countsTheFlowsOfNetworks() throws IOException {
        try (WholeLog whole = bed.whole()) {
            for (String address : List.of("11.0.10.10", "203.0.113.1", "192.168.0.12", "255.255.255.255")) {
                for (int bits = 0; bits < Integer.SIZE; bits++) {
                    FlowQuery query =
                            ALL.withEndpoint(new Endpoint(AddressText.parse(address), bits, Endpoint.ANY_PORT));
                    List<Totals> totals = whole.totals(query, new Grouping(List.of(), 0));
                    long expected = logged.stream()
                            .filter(new RowFilter(query))
                            .mapToLong(FlowRow::flows)
                            .sum();
                    assertEquals(
                            expected, totals.stream().mapToLong(Totals::flows).sum(), address + "/" + bits);
                }
            }
            FlowQuery v6 = ALL.withEndpoint(new Endpoint(AddressText.parse("::"), 1, Endpoint.ANY_PORT));
            assertEquals(List.of(), whole.totals(v6, new Grouping(List.of(), 0)));
        }
    }

    @Test
    void countsTheLargestGroupsIfThereAreTooMany() throws IOException {
        Grouping all = Grouping.by(JournalField.PID_SERVICE, JournalField.FLOW_DST, JournalField.FLOW_DPORT);
        Set<JournalField> varied = Set.of(JournalField.FLOW_DST, JournalField.FLOW_DPORT);
        try (WholeLog whole = bed.whole()) {
            Map<List<String>, Long> expected = new HashMap<>();
            whole.totals(ALL, all).forEach(it -> expected.put(it.key(), it.flows()));
            int most = expected.size() / 3;
            List<Totals> some = whole.totals(ALL, all.limited(most, varied));
            assertEquals(
                    expected.values().stream().mapToLong(it -> it).sum(),
                    some.stream().mapToLong(Totals::flows).sum());
            List<Totals> listed = some.stream()
                    .filter(it -> !it.key().contains(Totals.OTHERS))
                    .toList();
            assertEquals(most, listed.size());
            listed.forEach(it -> assertTrue(it.flows() <= expected.get(it.key()), it::toString));
            Totals largest =
                    listed.stream().max(Comparator.comparingLong(Totals::flows)).orElseThrow();
            assertEquals(Collections.max(expected.values()), largest.flows());
            some.stream().filter(it -> !listed.contains(it)).forEach(it -> {
                assertNotEquals(Totals.OTHERS, it.key().get(0));
                assertEquals(List.of(Totals.OTHERS, Totals.OTHERS), it.key().subList(1, 3));
            });
        }
    }

    @Test
    void listsValues() throws IOException {
        FlowQuery query = ALL.withEndpoint(Endpoint.ofPort(53));
        Set<String> expected = new HashSet<>();
        logged.stream().filter(new RowFilter(query)).forEach(row -> expected.add(row.get(JournalField.FLOW_DNAME)));
        expected.remove(null);
        Set<String> some = new HashSet<>(expected);
        some.add("host-of-nobody.example.org");
        try (WholeLog whole = bed.whole()) {
            assertEquals(expected, whole.valuesAmong(some, query, JournalField.FLOW_DNAME));
            String one = expected.iterator().next();
            assertEquals(Set.of(one), whole.valuesAmong(Set.of(one), query, JournalField.FLOW_DNAME));
        }
    }

    @Test
    void listsNoValuesOfRefusedAttempts() throws IOException {
        LogBed some = new LogBed(directory.resolve("refused"));
        FlowRow flow = some.log(new GeneratedFlows(1, LogBed.NOON, 10)).get(0);
        some.log(List.of(LogBed.refused(flow, "192.0.2.98")).iterator());
        some.archive();
        some.log(List.of(LogBed.refused(flow, "192.0.2.99")).iterator());
        try (WholeLog whole = some.whole()) {
            assertEquals(3, LogBed.values(whole, ALL).size());
            Set<String> destinations = Set.of(flow.get(JournalField.FLOW_DST), "192.0.2.98", "192.0.2.99");
            assertEquals(
                    Set.of(flow.get(JournalField.FLOW_DST)),
                    whole.valuesAmong(destinations, ALL, JournalField.FLOW_DST));
        }
    }

    private static List<String> sorted(List<Totals> totals) {
        return totals.stream().map(Totals::toString).sorted().toList();
    }

    @Test
    void knowsHowFarItReaches() throws IOException {
        try (WholeLog whole = bed.whole()) {
            Coverage coverage = whole.coverage(TimeSpan.ALWAYS);
            assertEquals(logged.get(0).time(), coverage.since());
            assertEquals(logged.get(FLOWS - 1).time(), coverage.until());
            assertEquals(logged.get(FLOWS / 2 - 1).time(), coverage.archivedUntil());
            assertEquals(List.of(), coverage.gaps());
        }
    }

    @Test
    void reportsAFileThatIsCut() throws IOException {
        LogBed cut = new LogBed(directory.resolve("cut"));
        List<FlowRow> rows = cut.log(100);
        cut.archive();
        Path file;
        try (Stream<Path> files = Files.list(cut.archive)) {
            file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() - 1);
        }
        try (WholeLog log = cut.archiveOnly()) {
            Gap gap = log.coverage(TimeSpan.ALWAYS).gaps().get(0);
            assertEquals(Gap.Kind.DAMAGED, gap.kind());
            assertEquals(file.toString(), gap.detail());
            assertEquals(100, gap.count());
            assertTrue(
                    gap.overlaps(new TimeSpan(rows.get(50).time(), rows.get(51).time())));
            assertEquals(List.of(), LogBed.values(log, ALL));
        }
    }

    @Test
    void reportsAJournalFileThatIsDamaged() throws IOException {
        LogBed cut = new LogBed(directory.resolve("damaged"));
        cut.log(100);
        Path damaged = cut.journals.resolve("system@1.journal");
        Files.copy(cut.journals.resolve("system.journal"), damaged);
        try (FileChannel channel = FileChannel.open(damaged, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }
        Path other = cut.journals.resolve("system@2.journal");
        Files.copy(cut.journals.resolve("system.journal"), other);
        try (FileChannel channel = FileChannel.open(other, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(new byte[8]), 0);
        }
        try (WholeLog log = cut.journalOnly()) {
            assertEquals(100, LogBed.values(log, ALL).size(), "the rest is read");
            List<Gap> gaps = log.coverage(TimeSpan.ALWAYS).gaps();
            assertFalse(gaps.isEmpty());
            assertEquals(
                    List.of(damaged.toString(), other.toString()),
                    gaps.stream().map(Gap::detail).sorted().toList());
        }
    }
}
