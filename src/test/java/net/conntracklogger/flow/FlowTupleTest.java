// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class FlowTupleTest {
    private static final FlowTuple REQUEST = tcp("192.0.2.1", 40000, "198.51.100.7", 80);
    private static final FlowTuple PING = icmp("192.0.2.1", "198.51.100.7", 1);

    @Test
    void swapsSourceAndDestinationWhenReversed() {
        assertEquals(tcp("198.51.100.7", 80, "192.0.2.1", 40000), REQUEST.reversed());
        assertEquals(REQUEST, REQUEST.reversed().reversed());
    }

    @Test
    void keepsTheIcmpTypeWhenReversed() {
        assertEquals(icmp("198.51.100.7", "192.0.2.1", 1), PING.reversed());
    }

    @Test
    void isNoTranslationOfItsReversedTuple() {
        assertFalse(REQUEST.reversed().isTranslationOf(REQUEST));
        assertFalse(PING.reversed().isTranslationOf(PING));
        FlowTuple portless =
                new FlowTuple(address("2001:db8::1"), address("2001:db8::2"), Protocol.of(253), Layer4.None.NONE);
        assertFalse(portless.reversed().isTranslationOf(portless));
    }

    @Test
    void isATranslationIfAnythingDiffers() {
        assertTrue(tcp("198.51.100.8", 80, "192.0.2.1", 40000).isTranslationOf(REQUEST), "destination");
        assertTrue(tcp("198.51.100.7", 81, "192.0.2.1", 40000).isTranslationOf(REQUEST), "destination port");
        assertTrue(tcp("198.51.100.7", 80, "192.0.2.2", 40000).isTranslationOf(REQUEST), "source");
        assertTrue(tcp("198.51.100.7", 80, "192.0.2.1", 40001).isTranslationOf(REQUEST), "source port");
        assertTrue(icmp("198.51.100.7", "203.0.113.9", 1).isTranslationOf(PING), "source of a ping");
        assertTrue(icmp("198.51.100.7", "192.0.2.1", 2).isTranslationOf(PING), "identifier of a ping");
    }

    @Test
    void hasPortZeroIfTheProtocolHasNoPorts() {
        assertEquals(0, PING.sourcePort());
        assertEquals(0, PING.destinationPort());
    }

    private static FlowTuple tcp(String source, int sourcePort, String destination, int destinationPort) {
        Layer4 ports = new Layer4.Ports(sourcePort, destinationPort);
        return new FlowTuple(address(source), address(destination), Protocol.TCP, ports);
    }

    private static FlowTuple icmp(String source, String destination, int id) {
        return new FlowTuple(address(source), address(destination), Protocol.ICMP, new Layer4.Icmp(8, 0, id));
    }
}
