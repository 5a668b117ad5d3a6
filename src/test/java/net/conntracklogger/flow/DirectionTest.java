// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectionTest {

    @ParameterizedTest
    @CsvSource({
        "true, false, OUTBOUND, outbound, out",
        "false, true, INBOUND, inbound, in",
        "true, true, LOCAL, local, local",
        "false, false, FORWARDED, forwarded, forwarded"
    })
    void followsFromTheSidesOnThisHost(boolean source, boolean destination, Direction is, String text, String brief) {
        assertEquals(is, Direction.of(source, destination));
        assertEquals(text, is.text());
        assertEquals(brief, is.brief());
    }
}
