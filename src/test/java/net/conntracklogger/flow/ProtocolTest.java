// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProtocolTest {

    /** Names of protocols(5). */
    @ParameterizedTest
    @CsvSource({
        "1, icmp, true",
        "6, tcp, false",
        "17, udp, false",
        "33, dccp, false",
        "47, gre, false",
        "58, icmpv6, true",
        "132, sctp, false",
        "136, udplite, false",
        "0, 0, false",
        "50, 50, false",
        "255, 255, false"
    })
    void hasTheNameThatConntrackKnows(int number, String text, boolean icmp) {
        assertEquals(text, Protocol.of(number).text());
        assertEquals(icmp, Protocol.of(number).isIcmp());
        assertEquals(new Protocol(number), Protocol.of(number));
    }
}
