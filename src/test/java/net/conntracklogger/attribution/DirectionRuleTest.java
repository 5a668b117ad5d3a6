// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.conntracklogger.flow.Direction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirectionRuleTest {
    /** Devices: 1 is {@code lo}, 2 another one, 0 unknown. */
    @ParameterizedTest(name = "{6}")
    @CsvSource(nullValues = "-", textBlock = """
            true,  1, false, 0, OUTBOUND,  LOCAL,     a packet that leaves by lo stays on this host whatever its address
            true,  1, true,  1, LOCAL,     LOCAL,     both sockets are on this host
            true,  2, false, 0, OUTBOUND,  OUTBOUND,  a packet leaves by another device
            true,  2, false, 0, FORWARDED, OUTBOUND,  a transparent proxy sends from an address of another host
            true,  2, false, 0, INBOUND,   OUTBOUND,  a process forges its source
            true,  2, false, 0, -,         OUTBOUND,  a DHCP client sends from the unspecified address
            false, 0, true,  2, FORWARDED, INBOUND,   a transparent proxy receives what is for another host
            false, 0, true,  2, -,         INBOUND,   a DHCP server receives from the unspecified address
            false, 0, true,  2, LOCAL,     INBOUND,   a link-local address of this host is on another link too
            false, 0, true,  1, INBOUND,   LOCAL,     a packet that enters by lo comes from this host
            true,  0, true,  1, LOCAL,     LOCAL,     NAT turns a connection to this host
            true,  0, true,  1, OUTBOUND,  LOCAL,     NAT turns a connection to an address that only a route accepts
            true,  0, false, 0, LOCAL,     LOCAL,     NAT turns a connection to a closed port of this host
            true,  0, false, 0, OUTBOUND,  OUTBOUND,  NAT turns a connection to another host
            true,  0, false, 0, FORWARDED, OUTBOUND,  a socket of this host sent it by an unknown device
            false, 0, true,  0, INBOUND,   INBOUND,   the device of the acceptor is unknown
            false, 0, false, 0, FORWARDED, FORWARDED, no socket is known
            false, 0, false, 0, -,         -,         neither a socket nor an address shows the direction
            """)
    void decides(
            boolean initiator,
            int left,
            boolean acceptor,
            int entered,
            Direction byAddress,
            Direction expected,
            String situation) {
        assertEquals(expected, DirectionRule.decide(initiator, left, acceptor, entered, byAddress), situation);
    }
}
