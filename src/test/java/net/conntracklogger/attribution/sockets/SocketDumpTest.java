// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.Addresses.address;
import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.hex;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

/** Lists of the sockets of a kind. */
class SocketDumpTest extends ScriptedSockets {
    private final List<String> visited = new ArrayList<>();

    @Test
    void visitsAllSockets() throws LinuxException {
        kernel.answer(
                datagram(
                        socket(AF_INET6, 7, 53, 0, "::", "::").attribute(INET_DIAG_SKV6ONLY, (byte) 1),
                        socket(AF_INET6, 7, 53, 0, "2001:db8::1", "::").attribute(INET_DIAG_SKV6ONLY, (byte) 0)),
                failure(Errno.EINTR),
                datagram(socket(AF_INET, 7, 53, 0, "192.0.2.1", "0.0.0.0"), done()));
        assertTrue(dump());
        assertEquals(List.of("any v6only", "at 2001:db8::1", "at 192.0.2.1"), visited);
    }

    @Test
    void requestsPortAndStates() throws LinuxException {
        kernel.answer(done());
        assertTrue(dump());
        ByteBuffer request = kernel.requests().get(0);
        assertEquals(0x0301, request.getShort(6), "NLM_F_REQUEST | NLM_F_DUMP");
        assertEquals("0a110000", hex(request, 16, 4), "family, protocol");
        assertEquals(1 << 7, request.getInt(20));
        assertEquals("00350000", hex(request, 24, 4), "ports");
    }

    @Test
    void passesOverLateAnswers() throws LinuxException {
        kernel.answer(
                datagram(socket(AF_INET, 7, 53, 0, "192.0.2.9", "0.0.0.0").late(), done().late()),
                datagram(socket(AF_INET, 7, 53, 0, "192.0.2.1", "0.0.0.0"), done()));
        assertTrue(dump());
        assertEquals(List.of("at 192.0.2.1"), visited);
    }

    /** As the kernel answers for a protocol whose module it cannot load. */
    @Test
    void reportsThatTheKernelKnowsNoneOfTheKind() throws LinuxException {
        kernel.answer(done(Errno.ENOENT, "")).answer(error(Errno.ENOENT));
        assertFalse(dump());
        assertFalse(dump());
    }

    /** Sockets may be missing, and one that is missing could be the flow's. */
    @Test
    void failsIfSocketsChangedMeanwhile() {
        kernel.answer(datagram(done().flags(0x12)));
        assertEquals(Errno.EINTR, failureOf());
    }

    @Test
    void failsIfItIsNotComplete() {
        kernel.answer(error(Errno.EPERM));
        assertEquals(Errno.EPERM, failureOf());
        kernel.answer(datagram(own()), datagram(done(Errno.ENOMEM, "")));
        assertEquals(Errno.ENOMEM, failureOf());
        kernel.answer(datagram(own()));
        assertEquals(Errno.EAGAIN, failureOf());
        kernel.answer(datagram(own(), own().claiming(0)));
        assertEquals(Errno.EBADMSG, failureOf());
    }

    private int failureOf() {
        return assertThrows(LinuxException.class, this::dump).errno();
    }

    private boolean dump() throws LinuxException {
        return sockets.dump(
                true,
                Protocol.UDP,
                53,
                1 << 7,
                at -> visited.add(
                        sockets.isAtAny(at) ? "any" + (sockets.isV6Only(at) ? " v6only" : "") : "at " + boundTo(at)));
    }

    private String boundTo(int at) {
        for (String candidate : new String[] {"192.0.2.1", "192.0.2.9", "2001:db8::1"}) {
            if (sockets.isAt(at, address(candidate))) {
                return candidate;
            }
        }
        return "another";
    }
}
