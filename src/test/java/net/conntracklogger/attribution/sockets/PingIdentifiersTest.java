// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PingIdentifiersTest {
    @ParameterizedTest(name = "mark {0}, identifier {1}, now {2}: {3}")
    @CsvSource({
        // mark, identifier, now, assigned since the mark
        "100, 101, 105, true",
        "100, 104, 105, true",
        "100, 100, 105, false", // the mark itself
        "100, 105, 105, false", // what take() has got, not the socket
        "100, 106, 105, false", // not assigned yet
        "100, 99, 105, false", // long before the mark
        "100, 200, 101, false", // nothing was assigned
        "65530, 65535, 5, true", // the counter has passed its end
        "65530, 3, 5, true",
        "65530, 5, 5, false",
        "65530, 65529, 5, false",
        "0, 101, 105, false", // no mark, because ping sockets are denied
        "100, 101, 0, false" // ping sockets are denied by now
    })
    void countsUpFromTheMark(int mark, int identifier, int now, boolean assigned) {
        assertEquals(assigned, PingIdentifiers.isBetween(mark, identifier, now));
    }
}
