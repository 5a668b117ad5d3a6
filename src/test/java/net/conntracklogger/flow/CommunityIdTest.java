// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class CommunityIdTest {
    private final CommunityId communityId = new CommunityId();

    /** The file names its source. */
    @ParameterizedTest
    @CsvFileSource(resources = "community-ids.csv", nullValues = "-")
    void followsTheSpecification(
            int protocol, String source, String destination, Integer sourcePort, Integer destinationPort, String id) {
        Protocol of = Protocol.of(protocol);
        Layer4 layer4 = sourcePort == null
                ? Layer4.None.NONE
                : of.isIcmp()
                        ? new Layer4.Icmp(sourcePort, destinationPort, 0xbeef)
                        : new Layer4.Ports(sourcePort, destinationPort);
        FlowTuple tuple = new FlowTuple(address(source), address(destination), of, layer4);
        assertEquals(id, communityId.of(tuple));
        assertEquals(id, communityId.of(tuple), "second time");
        if (!of.isIcmp()) {
            assertEquals(id, communityId.of(tuple.reversed()), "from the other end");
        }
    }
}
