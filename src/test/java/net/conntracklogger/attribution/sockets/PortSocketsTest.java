// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel's choice among sockets that share a port, {@code compute_score()} of udp.c and inet_hashtables.c. */
class PortSocketsTest {

    @Nested
    class TheRankOfASocket {
        @ParameterizedTest(name = "same family {0}, at the address {1}, at any {2}, IPv6 only {3}: {4}")
        @CsvSource({
            "true,  true,  false, false, 5",
            "true,  true,  false, true,  5", // IPv6 only does not matter to an IPv6 packet
            "false, true,  false, false, 4", // ::ffff:192.0.2.1
            "true,  false, true,  false, 2",
            "true,  false, true,  true,  2",
            "false, false, true,  false, 1",
            "false, false, true,  true,  0", // :: that refuses IPv4
            "true,  false, false, false, 0", // bound to another address
            "false, false, false, false, 0",
            "false, false, false, true,  0"
        })
        void isByAddressThenFamily(boolean sameFamily, boolean atAddress, boolean atAny, boolean v6Only, int expected) {
            assertEquals(expected, PortSockets.rank(sameFamily, atAddress, atAny, v6Only));
        }
    }

    @Nested
    class TheMatches {
        private final PortSockets.Matches matches = new PortSockets.Matches();

        @Test
        void areNoneAtFirst() {
            assertMatches();
        }

        @Test
        void leaveOutRankZero() {
            add(1, 0);
            addOfDevice(2, 0);
            assertMatches();
        }

        @Test
        void areThoseOfTheBestRankInTheirOrder() {
            add(1, 2);
            add(2, 1);
            add(3, 5);
            add(4, 4);
            add(5, 5);
            assertMatches(3, 5);
        }

        @Test
        void includeEverySocketOfADeviceAtTheEnd() {
            addOfDevice(1, 1);
            add(2, 4);
            addOfDevice(3, 5);
            add(4, 2);
            assertMatches(2, 1, 3);
        }

        @Test
        void areNotDisplacedByTheSocketOfADevice() {
            add(1, 2);
            addOfDevice(2, 5);
            add(3, 2);
            assertMatches(1, 3, 2);
        }

        private void add(long number, int rank) {
            matches.add(socket(number), rank, false);
        }

        private void addOfDevice(long number, int rank) {
            matches.add(socket(number), rank, true);
        }

        private void assertMatches(Integer... numbers) {
            assertEquals(
                    List.of(numbers),
                    matches.all().stream().map(it -> (int) it.number()).toList());
        }
    }

    private static DiagSocket socket(long number) {
        return new DiagSocket(number, 53, 0, 0, 0, false, false);
    }
}
