// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Uplink;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The owner of a connection that conntrack reports long after connect(), because rules dropped the first SYN packets. */
@ParameterizedClass
@EnumSource(Family.class)
@KernelTest
@SuppressWarnings("try") // Blocks hold processes without using them.
final class RepeatedSynOwnerIT {
    /** Linux sends this SYN at least 5 s after connect(): {@code tcp_syn_linear_timeouts} or 1, 2 and 4 s of pause. */
    private static final int LATE_SYN = 6;

    /** Connects from any address (IP_TRANSPARENT, IPV6_TRANSPARENT). */
    private static final String CONNECT = """
            import socket, sys, time
            source, port, destination = sys.argv[1:4]
            v6 = ':' in destination
            s = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET)
            s.setsockopt(*((41, 75, 1) if v6 else (0, 19, 1)))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind((source, int(port)))
            s.settimeout(float(sys.argv[4]))
            try:
                s.connect((destination, 9))
            except OSError:
                time.sleep(float(sys.argv[5])) # so that the process is there when it is looked at
            """;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf().withFlowRecords(262_144);

    @Parameter
    Family family;

    private String foreign() {
        return family.choose("198.51.100.8", "2001:db8:8::8");
    }

    private Child connect(String source, String destination) throws Exception {
        return Child.python(CONNECT, source, "0", destination, "30", "30");
    }

    /** Drops the SYN packets of a chain until the last of them was sent more than 4 s after the first. */
    private void dropFirst(String hook) throws Exception {
        Child.nft("table inet lossy { chain lost { type filter hook " + hook
                + " priority 0; tcp dport 9 counter drop; }; }");
    }

    private void letPass() throws Exception {
        Pattern packets = Pattern.compile("counter packets (\\d+)");
        Wait.until("the SYN was repeated", () -> {
            Matcher counter = packets.matcher(Child.run("nft", "list", "table", "inet", "lossy"));
            return counter.find() && Integer.parseInt(counter.group(1)) >= LATE_SYN;
        });
        bed.assertQuiet();
        Child.nft("delete table inet lossy");
    }

    /** From an address of the host, and from an address that the host does not have. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isTheProcessThatConnected(boolean own, OwnNetwork far) throws Exception {
        dropFirst("output");
        try (Child client = connect(own ? family.near() : foreign(), family.far())) {
            letPass();
            assertOwner(bed.next(OUTBOUND)).isProcess(client.pid()).by(BPF);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"output", "forward"})
    void isTheProcessOfAContainerThatConnected(String hook, OwnNetwork container) throws Exception {
        Uplink.add(family);
        String peer = Uplink.neighbour(family);
        container.call(() -> Child.ip("route add " + peer + " via " + family.near()));
        if (hook.equals("forward")) {
            dropFirst(hook);
            try (Child client = container.call(() -> connect(family.far(), peer))) {
                letPass();
                assertOwner(bed.next(FORWARDED)).isProcess(client.pid()).by(BPF);
            }
            return;
        }
        container.call(() -> {
            dropFirst(hook);
            return null;
        });
        try (Child client = container.call(() -> connect(family.far(), peer))) {
            container.call(() -> {
                letPass();
                return null;
            });
            assertOwner(bed.next(FORWARDED)).isProcess(client.pid()).by(BPF);
        }
    }

    /** A transparent proxy may connect with the address and port of a client. The client's own packets are forwarded. */
    @Test
    void isNotTheProcessThatConnectedWithTheTupleOfAnotherHost(OwnNetwork client) throws Exception {
        Uplink.add(family);
        String peer = Uplink.neighbour(family);
        EndedProcess proxy = EndedProcess.python(CONNECT, foreign(), "4000", peer, "0.1", "0", "proxy");
        assertOwner(bed.next(OUTBOUND)).isProcess(proxy).by(BPF);
        Child.run("conntrack", "-F");
        bed.assertQuiet();
        EndedProcess owner = client.call(() -> {
            Child.ip("address add " + foreign() + family.choose("/32", "/128 nodad") + " dev lo");
            Child.ip("route add " + peer + " via " + family.near());
            return EndedProcess.python(CONNECT, foreign(), "4000", peer, "0.1", "0", "client");
        });
        assertOwner(bed.next(FORWARDED)).isProcess(owner).by(BPF);
    }
}
