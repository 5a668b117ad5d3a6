// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The records that define their own equals and hashCode. */
class ComparedRecordsTest {
    /**
     * @param one makes a record
     * @param others differ from it in one component each
     */
    record Row(Supplier<Record> one, List<Record> others) {}

    static Stream<Row> rows() {
        return Stream.of(
                new Row(
                        () -> new IpAddress(true, 1, 2),
                        List.of(
                                new IpAddress(false, 1, 2),
                                new IpAddress(true, 3, 2),
                                new IpAddress(true, 1, 3),
                                new IpAddress(true, 1, 2L << 32))),
                new Row(() -> new Protocol(99), List.of(new Protocol(6))),
                new Row(
                        () -> new Passage("eth0", true),
                        List.of(
                                new Passage("eth0", false),
                                new Passage("eth1", true),
                                new Passage(null, true),
                                new Passage("eth0", true, Obstacle.NETFILTER))),
                new Row(() -> new Passage(null, false), List.of(new Passage(null, true), new Passage("lo", false))));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void areEqualIfAllComponentsAre(Row row) {
        Record one = row.one.get();
        assertEquals(row.one.get(), one);
        assertEquals(row.one.get().hashCode(), one.hashCode());
        for (Record other : row.others) {
            assertNotEquals(one, other);
            assertNotEquals(other, one);
        }
        assertNotEquals(one, "a text");
        assertNotEquals(one, null);
    }
}
