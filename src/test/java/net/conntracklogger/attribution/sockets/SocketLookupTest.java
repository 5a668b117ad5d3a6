// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.Addresses.address;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.hex;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lookups of single sockets. */
class SocketLookupTest extends ScriptedSockets {
    private final FlowTuple tcp = tuple(Protocol.TCP);
    private final FlowTuple udp = tuple(Protocol.UDP);

    @Nested
    class Lookup {
        @Test
        void findsTheFlowsOwnSocket() throws LinuxException {
            kernel.answer(own().attribute(INET_DIAG_CGROUP_ID, new byte[] {9, 0, 0, 0, 0, 0, 0, 0}));
            DiagSocket found = sockets.lookup(tcp);
            assertEquals(new DiagSocket(COOKIE, 40_000, 4_026_531_840L, 4_294_967_294L, nine(), false, true), found);
        }

        @Test
        void findsAnIpv6SocketThatCarriesIpv4() throws LinuxException {
            kernel.answer(socket(AF_INET6, ESTABLISHED, 40_000, 53, "192.0.2.1", "192.0.2.2"));
            assertNotNull(sockets.lookup(tcp));
        }

        @Test
        void findsASocketWithoutAPeer() throws LinuxException {
            kernel.answer(socket(AF_INET, 7, 40_000, 0, "0.0.0.0", "0.0.0.0"));
            assertFalse(sockets.lookup(udp).connected());
        }

        @Test
        void findsAListener() throws LinuxException {
            kernel.answer(socket(AF_INET, LISTEN, 40_000, 0, "0.0.0.0", "0.0.0.0"));
            assertTrue(sockets.lookup(tcp).listening());
        }

        @Test
        void findsNoneOfAnotherPortOrPeer() throws LinuxException {
            kernel.answer(socket(AF_INET, ESTABLISHED, 40_001, 53, "192.0.2.1", "192.0.2.2"))
                    .answer(socket(AF_INET, ESTABLISHED, 40_000, 54, "192.0.2.1", "192.0.2.2"))
                    .answer(socket(AF_INET, ESTABLISHED, 40_000, 53, "192.0.2.1", "192.0.2.3"));
            for (int i = 0; i < 3; i++) {
                assertNull(sockets.lookup(tcp));
            }
        }

        @Test
        void findsNoneIfTheKernelHasNone() throws LinuxException {
            kernel.answer(error(Errno.ENOENT));
            assertNull(sockets.lookup(tcp));
        }

        @Test
        void passesOverALateAnswer() throws LinuxException {
            kernel.answer(
                    datagram(socket(AF_INET, LISTEN, 40_000, 0, "0.0.0.0", "0.0.0.0")
                            .late()),
                    datagram(error(Errno.EPERM).late()),
                    failure(Errno.EINTR),
                    datagram(own()));
            assertFalse(sockets.lookup(tcp).listening());
        }

        @Test
        void looksForTheFlowsSourceOverTcp() throws LinuxException {
            kernel.answer(error(Errno.ENOENT));
            sockets.lookup(tcp);
            assertEquals("9c400035" + "c0000201", tuple(kernel.requests().get(0)));
        }

        /** The kernel looks up UDP sockets by a packet that comes in. */
        @Test
        void looksForTheReceiverOfTheAnswerOverUdp() throws LinuxException {
            kernel.answer(error(Errno.ENOENT));
            sockets.lookup(udp);
            assertEquals("00359c40" + "c0000202", tuple(kernel.requests().get(0)));
        }

        @Test
        void writesAWholeRequest() throws LinuxException {
            kernel.answer(error(Errno.ENOENT));
            sockets.lookup(tcp);
            ByteBuffer request = kernel.requests().get(0);
            assertEquals(72, request.capacity());
            assertEquals(SOCK_DIAG_BY_FAMILY, request.getShort(4));
            assertEquals(1, request.getShort(6), "NLM_F_REQUEST");
            assertEquals("02060000" + "ffffffff", hex(request, 16, 8), "family, protocol, states");
            assertEquals("00000000" + "ffffffffffffffff", hex(request, 60, 12), "interface, cookie");
        }

        @ParameterizedTest
        @ValueSource(ints = {Errno.EPERM, Errno.EINVAL, Errno.ENOMEM})
        void reportsARefusal(int errno) {
            kernel.answer(error(errno, "why"));
            LinuxException failure = assertThrows(LinuxException.class, () -> sockets.lookup(tcp));
            assertEquals(errno, failure.errno());
            assertTrue(
                    failure.getMessage()
                            .startsWith(
                                    "cannot look up with sock_diag the socket of tcp 192.0.2.1:40000 > 192.0.2.2:53: "),
                    failure::getMessage);
            assertTrue(failure.getMessage().contains("why"), failure::getMessage);
        }

        @Test
        void reportsThatNoAnswerCame() {
            assertEquals(Errno.EAGAIN, failureOf());
            kernel.answer(failure(Errno.ENOBUFS));
            assertEquals(Errno.ENOBUFS, failureOf());
        }

        @Test
        void reportsAnAnswerThatIsTooShort() {
            kernel.answer(FakeMessage.of(SOCK_DIAG_BY_FAMILY).zeros(68));
            assertEquals(Errno.EBADMSG, failureOf());
            kernel.answer(own().claiming(15));
            assertEquals(Errno.EBADMSG, failureOf());
            kernel.answer(oversized(1, own()));
            assertEquals(Errno.EMSGSIZE, failureOf());
        }

        private int failureOf() {
            return assertThrows(LinuxException.class, () -> sockets.lookup(tcp)).errno();
        }
    }

    @Nested
    class Counters {
        @Test
        void areReadFromTheFlowsOwnSocket() throws LinuxException {
            byte[] info = new byte[TcpCounters.SHORTEST];
            info[0] = ESTABLISHED;
            kernel.answer(own().attribute(INET_DIAG_INFO, info));
            TcpCounters counters = sockets.counters(tcp);
            assertEquals(ESTABLISHED, counters.state());
            assertEquals(3, counters.queued());
            assertEquals(1 << INET_DIAG_INFO - 1, kernel.requests().get(0).get(18), "what is asked for");
        }

        @Test
        void areUnknownIfTheKernelCountsLess() throws LinuxException {
            kernel.answer(own().attribute(INET_DIAG_INFO, new byte[TcpCounters.SHORTEST - 1]))
                    .answer(own());
            assertNull(sockets.counters(tcp));
            assertNull(sockets.counters(tcp));
        }

        @Test
        void areUnknownOfAListener() throws LinuxException {
            kernel.answer(socket(AF_INET, LISTEN, 40_000, 0, "0.0.0.0", "0.0.0.0")
                    .attribute(INET_DIAG_INFO, new byte[TcpCounters.SHORTEST]));
            assertNull(sockets.counters(tcp));
        }
    }

    private static FlowTuple tuple(Protocol protocol) {
        return new FlowTuple(address("192.0.2.1"), address("192.0.2.2"), protocol, new Layer4.Ports(40_000, 53));
    }

    /** Both ports, and the source address. */
    private static String tuple(ByteBuffer request) {
        return hex(request, 24, 8);
    }

    private static long nine() {
        return ByteBuffer.wrap(new byte[] {9, 0, 0, 0, 0, 0, 0, 0})
                .order(ByteOrder.nativeOrder())
                .getLong();
    }
}
