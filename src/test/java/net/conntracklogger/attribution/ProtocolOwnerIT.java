// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Unattributed.NOT_COVERED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows of every protocol, as the kernel tells of them, and who sent them from a raw socket. */
final class ProtocolOwnerIT extends KernelOwnerFixture {
    private static final String NEAR6 = "fd00:10:77::2";
    private static final String FAR6 = "fd00:10:77::1";
    /** Sends one packet of an IP protocol, given in hexadecimal from its transport header on. */
    private static final String SEND = "import socket, sys; to, protocol, packet = sys.argv[1:4];"
            + " socket.socket(socket.AF_INET6 if ':' in to else socket.AF_INET, socket.SOCK_RAW, int(protocol))"
            + ".sendto(bytes.fromhex(packet), (to, 0))";

    /** From port 40000 (0x9c40) to 5001 (0x1389), or with the identifier 0xbeef (48879). */
    @ParameterizedTest
    @CsvSource({
        "6, 9c4013890000000100000000500200400000000000000000, tcp PORTS, tcp REPLY",
        "17, 9c4013890008ffff, udp PORTS, udp REPLY",
        "136, 9c4013890008ffff, udplite PORTS, udplite REPLY",
        // INIT
        "132, 9c401389000000000000000001000014000000010000800000010001beefbeef, sctp PORTS, sctp REPLY",
        "47, 00000800, gre NEAR > FAR, gre FAR > NEAR",
        "50, 0000000100000001, 50 NEAR > FAR, 50 FAR > NEAR",
        "253, 00, 253 NEAR > FAR, 253 FAR > NEAR",
    })
    void isKnownWithItsSender(int protocol, String packet, String original, String reply, OwnNetwork far)
            throws Exception {
        for (String to : new String[] {FAR, FAR6}) {
            check(to, protocol, packet, original, reply);
        }
    }

    /** Linux 6.16 forgot DCCP; conntrack then tells no ports. */
    @Test
    void isKnownWithItsSenderOfDccp(OwnNetwork far) throws Exception {
        boolean ports = Files.exists(Path.of("/proc/sys/net/netfilter/nf_conntrack_dccp_loose"));
        for (String to : new String[] {FAR, FAR6}) {
            check(
                    to,
                    33,
                    "9c40138905000000010000000000000100000001", // REQUEST
                    ports ? "dccp PORTS" : "dccp NEAR > FAR",
                    ports ? "dccp REPLY" : "dccp FAR > NEAR");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "10.77.0.1, 1, 08003910beef0000, icmp NEAR > FAR type 8 code 0 id 48879, icmp FAR > NEAR type 0 code 0 id 48879",
        // Timestamp request, with its three times.
        "10.77.0.1, 1, 0d003410beef0000000000000000000000000000,"
                + " icmp NEAR > FAR type 13 code 0 id 48879, icmp FAR > NEAR type 14 code 0 id 48879",
        "fd00:10:77::1, 58, 80000000beef0000,"
                + " icmpv6 NEAR > FAR type 128 code 0 id 48879, icmpv6 FAR > NEAR type 129 code 0 id 48879",
    })
    void isKnownWithItsSenderOfIcmp(
            String to, int protocol, String packet, String original, String reply, OwnNetwork far) throws Exception {
        check(to, protocol, packet, original, reply);
    }

    private void check(String to, int protocol, String packet, String original, String reply) throws Exception {
        String mark = to + "/" + protocol;
        long pid;
        try (Child child = Child.start("python3", "-c", SEND, to, "" + protocol, packet, mark)) {
            assertEquals(0, child.await(), () -> "" + child.pid());
            pid = child.pid();
        }
        AttributedFlow flow = next(Direction.OUTBOUND);
        assertEquals(fill(original, to), flow.event().original().toString());
        assertEquals(fill(reply, to), flow.event().reply().toString());
        assertFalse(flow.event().isTranslated());
        CommunityId ids = new CommunityId();
        assertEquals(ids.of(flow.event().original()), ids.of(flow.event().reply()), "one id for both directions");
        assertIs(pid, mark, flow.owner());
    }

    private static String fill(String pattern, String to) {
        boolean v6 = to.equals(FAR6);
        String near = v6 ? NEAR6 : NEAR;
        String nearPort = (v6 ? "[" + near + "]" : near) + ":40000";
        String farPort = (v6 ? "[" + to + "]" : to) + ":5001";
        return pattern.replace("PORTS", nearPort + " > " + farPort)
                .replace("REPLY", farPort + " > " + nearPort)
                .replace("NEAR", near)
                .replace("FAR", to);
    }

    /** What comes in for a protocol that no socket here speaks is nobody's. */
    @Test
    void isNobodysWhereNoSocketTakesIt(OwnNetwork far) throws Throwable {
        for (String to : new String[] {NEAR, NEAR6}) {
            far.call(() -> Child.run("python3", "-c", SEND, to, "253", "00"));
            AttributedFlow flow = next(Direction.INBOUND);
            FlowTuple tuple = flow.event().original();
            assertEquals(253, tuple.protocol().number());
            assertUnknown(NOT_COVERED, flow.owner());
        }
    }
}
