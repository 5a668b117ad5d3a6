// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.Unattributed.NOT_COVERED;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The tuples of a flow of each protocol, and its owner if a process sends the first packet from a raw socket. */
@KernelTest
class ProtocolOwnerIT {
    /** Sends one packet of an IP protocol, in hexadecimal from its transport header on. */
    private static final String SEND = "import socket, sys; to, protocol, packet = sys.argv[1:4];"
            + " socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET, socket.SOCK_RAW, int(protocol))"
            + ".sendto(bytes.fromhex(packet), (to, 0))";

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    /** From port 40000 (0x9c40) to port 5001 (0x1389). The chunk of SCTP is INIT. */
    @ParameterizedTest(name = "protocol {1} over {0}")
    @CsvSource({
        "IPV4, 6, 9c4013890000000100000000500200400000000000000000, tcp PORTS, tcp REPLY",
        "IPV6, 6, 9c4013890000000100000000500200400000000000000000, tcp PORTS, tcp REPLY",
        "IPV4, 17, 9c4013890008ffff, udp PORTS, udp REPLY",
        "IPV6, 17, 9c4013890008ffff, udp PORTS, udp REPLY",
        "IPV4, 136, 9c4013890008ffff, udplite PORTS, udplite REPLY",
        "IPV6, 136, 9c4013890008ffff, udplite PORTS, udplite REPLY",
        "IPV4, 132, 9c401389000000000000000001000014000000010000800000010001beefbeef, sctp PORTS, sctp REPLY",
        "IPV6, 132, 9c401389000000000000000001000014000000010000800000010001beefbeef, sctp PORTS, sctp REPLY",
        "IPV4, 47, 00000800, gre NEAR > FAR, gre FAR > NEAR",
        "IPV6, 47, 00000800, gre NEAR > FAR, gre FAR > NEAR",
        "IPV4, 50, 0000000100000001, 50 NEAR > FAR, 50 FAR > NEAR",
        "IPV6, 50, 0000000100000001, 50 NEAR > FAR, 50 FAR > NEAR",
        "IPV4, 253, 00, 253 NEAR > FAR, 253 FAR > NEAR",
        "IPV6, 253, 00, 253 NEAR > FAR, 253 FAR > NEAR",
    })
    void isTheInitiator(Family family, int protocol, String packet, String original, String reply, OwnNetwork far)
            throws Exception {
        check(family, protocol, packet, original, reply);
    }

    /** Linux 6.16 removed DCCP: from then on conntrack reports no ports. The packet is a REQUEST. */
    @ParameterizedTest
    @EnumSource
    void isTheInitiatorOfDccp(Family family, OwnNetwork far) throws Exception {
        boolean ports = Files.exists(Path.of("/proc/sys/net/netfilter/nf_conntrack_dccp_loose"));
        check(
                family,
                33,
                "9c40138905000000010000000000000100000001",
                ports ? "dccp PORTS" : "dccp NEAR > FAR",
                ports ? "dccp REPLY" : "dccp FAR > NEAR");
    }

    /** Echo and timestamp requests with the identifier 0xbeef (48879). */
    @ParameterizedTest(name = "{3}")
    @CsvSource({
        "IPV4, 1, 08003910beef0000, icmp NEAR > FAR type 8 code 0 id 48879, icmp FAR > NEAR type 0 code 0 id 48879",
        "IPV4, 1, 0d003410beef0000000000000000000000000000,"
                + " icmp NEAR > FAR type 13 code 0 id 48879, icmp FAR > NEAR type 14 code 0 id 48879",
        "IPV6, 58, 80000000beef0000,"
                + " icmpv6 NEAR > FAR type 128 code 0 id 48879, icmpv6 FAR > NEAR type 129 code 0 id 48879",
    })
    void isTheInitiatorOfIcmp(Family family, int protocol, String packet, String original, String reply, OwnNetwork far)
            throws Exception {
        check(family, protocol, packet, original, reply);
    }

    private void check(Family family, int protocol, String packet, String original, String reply) throws Exception {
        EndedProcess initiator = EndedProcess.python(SEND, family.far(), "" + protocol, packet, "initiator");
        AttributedFlow flow = bed.next(OUTBOUND);
        assertFlow(flow)
                .hasTuples(fill(original, family), fill(reply, family))
                .isNotTranslated()
                .hasOneCommunityId();
        assertOwner(flow).isProcess(initiator).by(BPF);
    }

    private static String fill(String pattern, Family family) {
        String near = family.endpoint(family.near(), 40_000);
        String far = family.endpoint(family.far(), 5001);
        return pattern.replace("PORTS", near + " > " + far)
                .replace("REPLY", far + " > " + near)
                .replace("NEAR", family.near())
                .replace("FAR", family.far());
    }

    @ParameterizedTest
    @EnumSource
    void isUnknownIfNoSocketReceivesTheProtocol(Family family, OwnNetwork far) throws Exception {
        far.call(() -> Child.run("python3", "-c", SEND, family.near(), "253", "00"));
        AttributedFlow flow = bed.next(INBOUND);
        assertEquals(253, flow.event().original().protocol().number());
        assertOwner(flow).isUnknown(NOT_COVERED);
    }
}
