// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import static net.conntracklogger.entry.JournalField.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.UnitName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowFilterTest {
    private static final FlowQuery ALL = FlowQuery.in(TimeSpan.ALWAYS);

    private final FlowRow row = new FlowRow(2000, 0, 0);

    RowFilterTest() {
        String[] values = {
            "FLOW_EVENT=end",
            "FLOW_TIMESTAMP=1000",
            "FLOW_SRC=192.168.0.12",
            "FLOW_SPORT=40000",
            "FLOW_DST=203.0.113.7",
            "FLOW_DPORT=443",
            "FLOW_REPLY_SRC=10.0.0.9",
            "FLOW_REPLY_SPORT=8443",
            "FLOW_REPLY_DST=192.168.0.12",
            "FLOW_REPLY_DPORT=40000",
            "FLOW_COMMUNITY_ID=1:a",
            "FLOW_REPLY_COMMUNITY_ID=1:b",
            "FLOW_DNAME=www.example.org",
            "FLOW_DNAME=alias.example.net",
            "PID=7",
            "PEER_PID=8",
            "PID_UID=1000",
            "PID_USER=jo",
            "PID_SERVICE=a.service",
            "PID_UNIT=user@1000.service",
            "PEER_SERVICE=b.service"
        };
        for (String value : values) {
            int equals = value.indexOf('=');
            row.add(JournalField.valueOf(value.substring(0, equals)), value.substring(equals + 1));
        }
    }

    private boolean meets(FlowQuery query) {
        return new RowFilter(query).test(row);
    }

    /** An address with its prefix, and a port or -1. */
    @ParameterizedTest
    @CsvSource({
        "192.168.0.12, 32, -1, true",
        "203.0.113.7, 32, 443, true",
        "203.0.113.7, 32, 40000, false",
        "203.0.113.8, 32, -1, false",
        "10.0.0.9, 32, 8443, true",
        "10.0.0.9, 32, 443, false",
        "203.0.113.0, 24, -1, true",
        "203.0.113.0, 24, 443, true",
        "203.0.113.0, 24, 8443, false",
        "203.0.113.0, 30, -1, false",
        "203.0.112.0, 23, -1, true",
        "::, 0, -1, false"
    })
    void comparesEnds(String address, int bits, int port, boolean met) {
        assertEquals(met, meets(ALL.withEndpoint(new Endpoint(AddressText.parse(address), bits, port))));
    }

    @ParameterizedTest
    @CsvSource({"443, true", "40000, true", "8443, true", "444, false"})
    void comparesPorts(int port, boolean met) {
        assertEquals(met, meets(ALL.withEndpoint(Endpoint.ofPort(port))));
    }

    @ParameterizedTest
    @CsvSource({"192.168.0.12, 203.0.113.7, true", "192.168.0.12, 203.0.113.8, false"})
    void comparesBothEnds(String one, String other, boolean met) {
        assertEquals(
                met,
                meets(ALL.withEndpoint(Endpoint.of(AddressText.parse(one), Endpoint.ANY_PORT))
                        .withEndpoint(Endpoint.of(AddressText.parse(other), Endpoint.ANY_PORT))));
    }

    /** The row reaches from 1000 to 2000. */
    @ParameterizedTest
    @CsvSource({"0, 1000, false", "0, 1001, true", "1500, 1501, true", "2000, 3000, true", "2001, 3000, false"})
    void comparesTimes(long since, long until, boolean met) {
        assertEquals(met, meets(ALL.during(new TimeSpan(since, until))));
    }

    @ParameterizedTest
    @CsvSource({
        "www.example.org, true",
        "alias.example.net, true",
        "example.org, false",
        "*.example.org, true",
        "*.example.net, true",
        "*.ample.org, false",
        "*.org, true"
    })
    void comparesNames(String name, boolean met) {
        assertEquals(met, meets(ALL.withName(name)));
    }

    @ParameterizedTest
    @CsvSource({
        "a.service, true",
        "b.service, true",
        "user@1000.service, true",
        "c.service, false",
        "user@.service, true",
        "u@.service, false"
    })
    void comparesUnits(String unit, boolean met) {
        assertEquals(met, meets(ALL.withService(new UnitName(unit))));
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.9, true", "alias.example.net, true", "10.0.0.8, false", "example.net, false"})
    void comparesWithASet(String entry, boolean met) {
        Listing listing = new Listing() {
            @Override
            public boolean hasAddress(String address) {
                return address.equals(entry);
            }

            @Override
            public boolean hasName(String name) {
                return name.equals(entry);
            }
        };
        assertEquals(met, meets(ALL.withListing(listing)));
    }

    @Test
    void comparesTheRest() {
        assertEquals(true, meets(ALL.withPid(7)) && meets(ALL.withPid(8)));
        assertEquals(false, meets(ALL.withPid(9)));
        assertEquals(true, meets(ALL.withUser("jo")) && meets(ALL.withUser("1000")));
        assertEquals(false, meets(ALL.withUser("root")));
        assertEquals(true, meets(ALL.withCommunityId("1:a")) && meets(ALL.withCommunityId("1:b")));
        assertEquals(false, meets(ALL.withCommunityId("1:c")));
    }

    @Test
    void takesFlowEventsOnly() {
        FlowRow notice = new FlowRow(1, 0, 0);
        notice.add(MESSAGE, "text");
        assertEquals(false, new RowFilter(ALL).test(notice));
    }

    @Nested
    class ASummary {
        private final FlowRow summary = new FlowRow(2000, 0, 0);

        ASummary() {
            add("FLOW_EVENT=summary", "FLOW_TIMESTAMP=1000", "FLOW_COUNT=9", "FLOW_DIRECTION=outbound");
        }

        private void add(String... fields) {
            for (String field : fields) {
                int equals = field.indexOf('=');
                summary.add(JournalField.valueOf(field.substring(0, equals)), field.substring(equals + 1));
            }
        }

        private boolean mayHave(FlowQuery query) {
            return new RowFilter(query).mayBeIn(summary);
        }

        @Test
        void withoutValuesMayCountAnyFlow() {
            assertTrue(mayHave(ALL.withEndpoint(Endpoint.of(AddressText.parse("203.0.113.7"), 443))));
            assertTrue(mayHave(ALL.withService(new UnitName("a.service"))
                    .withPid(7)
                    .withUser("jo")
                    .withName("example.org")));
            assertTrue(mayHave(ALL.withCommunityId("1:a")));
        }

        @Test
        void countsNoFlowOfAnotherTime() {
            assertFalse(mayHave(FlowQuery.in(new TimeSpan(0, 1000))));
            assertFalse(mayHave(FlowQuery.in(new TimeSpan(2001, 3000))));
        }

        @ParameterizedTest
        @CsvSource({
            "203.0.113.7, 443, true",
            "203.0.113.7, 444, false",
            "203.0.113.8, 443, false",
            "192.0.2.1, 40000, true",
            "192.0.2.2, 40000, false"
        })
        void countsFlowsOfItsEndsOnly(String address, int port, boolean expected) {
            add("FLOW_SRC=192.0.2.1", "FLOW_DST=203.0.113.7", "FLOW_DPORT=443");
            assertEquals(expected, mayHave(ALL.withEndpoint(Endpoint.of(AddressText.parse(address), port))));
        }

        @Test
        void ofAFloodMayCountTranslatedFlows() {
            add("FLOW_SRC=192.0.2.1", "FLOW_DST=203.0.113.7", "FLOW_DPORT=443", "FLOW_DPORT_COUNT=1");
            assertTrue(mayHave(ALL.withEndpoint(Endpoint.of(AddressText.parse("10.0.0.9"), 8443))));
        }

        @Test
        void countsFlowsOfItsOwnerOnly() {
            add("PID_SERVICE=a.service", "PID_UID=1000");
            assertTrue(mayHave(ALL.withService(new UnitName("a.service")).withUser("1000")));
            assertTrue(mayHave(ALL.withUser("jo")), "the name of 1000 is unknown");
            assertFalse(mayHave(ALL.withService(new UnitName("b.service"))));
            assertFalse(mayHave(ALL.withUser("1001")));
        }
    }
}
