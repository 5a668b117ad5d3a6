// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.Test;

/** On scripted dumps of flows that a kernel once sent. */
class ConntrackTableTest {
    private static final int MULTI = 0x02;
    private static final int MULTI_INTERRUPTED = 0x12;

    private final FakeNetlink kernel = FakeNetlink.answering();

    @Test
    void requestsTheWholeTable() throws LinuxException {
        kernel.answer(done());
        assertEquals(List.of(), read());
        ByteBuffer request = kernel.requests().get(0);
        assertEquals(20, request.capacity());
        assertEquals(20, request.getInt(0));
        assertEquals(0x0101, request.getShort(4), "IPCTNL_MSG_CT_GET");
        assertEquals(0x0301, request.getShort(6), "NLM_F_REQUEST | NLM_F_DUMP");
        assertEquals(0, request.getInt(16), "any family");
    }

    @Test
    void readsAllParts() throws LinuxException {
        kernel.answer(
                datagram(flow("tcp4.txt"), flow("udp6.txt")),
                failure(Errno.EINTR),
                datagram(flow("udp4.txt")),
                datagram(done()));
        List<FlowEvent> flows = read();
        assertEquals(3, flows.size());
        assertTrue(flows.stream().allMatch(flow -> flow.kind() == FlowEvent.Kind.EXISTING));
        assertEquals(Protocol.TCP, flows.get(0).original().protocol());
        assertEquals(Protocol.UDP, flows.get(2).original().protocol());
    }

    @Test
    void countsFlowsThatItCannotDecode() throws LinuxException {
        FakeMessage broken =
                FakeMessage.of(0x0100).flags(MULTI).u8(2, 0, 0, 0).u16(3).u16(1);
        kernel.answer(datagram(broken), datagram(broken, flow("udp4.txt")), datagram(done()));
        try (ConntrackTable table = new ConntrackTable(kernel, start -> true)) {
            assertEquals(List.of(), table.read());
            assertEquals(1, table.read().size());
            assertEquals(2, table.malformed());
            assertFalse(table.isRead());
            assertEquals(List.of(), table.read());
            assertTrue(table.isRead());
        }
    }

    @Test
    void skipsFlowsByTheTimeAtWhichTheyBegan() throws LinuxException {
        // CTA_TIMESTAMP, and in it CTA_TIMESTAMP_START in nanoseconds.
        byte[] start = HexFormat.of().parseHex("0c000100" + "18eab9213587be76");
        kernel.answer(datagram(flow("udp4.txt"), flow("tcp4.txt").attribute(0x8000 | 20, start)), datagram(done()));
        Set<Long> starts = new HashSet<>();
        try (ConntrackTable table = new ConntrackTable(kernel, began -> starts.add(began) && began != 0)) {
            List<FlowEvent> flows = table.read();
            assertEquals(1, flows.size());
            assertEquals(1_795_450_953_743_711L, flows.get(0).timestamp());
            assertEquals(Set.of(0L, flows.get(0).timestamp()), starts);
        }
    }

    /** Flows come and go all the time, and events report those that come. */
    @Test
    void takesATableThatChangedWhileItWasRead() throws LinuxException {
        kernel.answer(datagram(flow("udp4.txt", MULTI_INTERRUPTED), done().flags(MULTI_INTERRUPTED)));
        assertEquals(1, read().size());
    }

    @Test
    void reportsThatItMayNotRead() {
        kernel.answer(error(Errno.EPERM));
        LinuxException failure = assertThrows(LinuxException.class, this::read);
        assertEquals(Errno.EPERM, failure.errno());
        assertTrue(failure.getMessage().startsWith("cannot read conntrack table: "), failure::getMessage);
        assertTrue(failure.getMessage().endsWith("; needs CAP_NET_ADMIN"), failure::getMessage);
    }

    @Test
    void reportsADumpThatEndsWithAnError() {
        kernel.answer(datagram(flow("udp4.txt")), datagram(done(Errno.ENOMEM, "no memory")));
        assertEquals(
                Errno.ENOMEM, assertThrows(LinuxException.class, this::read).errno());
    }

    @Test
    void reportsADumpThatStops() {
        kernel.answer(datagram(flow("udp4.txt")));
        assertEquals(
                Errno.EAGAIN, assertThrows(LinuxException.class, this::read).errno());
    }

    @Test
    void reportsAPartThatIsCutOff() {
        kernel.answer(oversized(1, flow("udp4.txt")));
        assertEquals(
                Errno.EMSGSIZE, assertThrows(LinuxException.class, this::read).errno());
        kernel.answer(datagram(flow("udp4.txt").claiming(0)));
        assertEquals(
                Errno.EBADMSG, assertThrows(LinuxException.class, this::read).errno());
    }

    private List<FlowEvent> read() throws LinuxException {
        try (ConntrackTable table = new ConntrackTable(kernel, start -> true)) {
            List<FlowEvent> flows = new ArrayList<>();
            while (!table.isRead()) {
                flows.addAll(table.read());
            }
            assertEquals(0, table.malformed());
            return flows;
        }
    }

    private static FakeMessage flow(String name) {
        return flow(name, MULTI);
    }

    /** A recorded event as the table has it. */
    private static FakeMessage flow(String name, int flags) {
        return FakeMessage.recorded(RecordedMessage.named(name).bytes()).flags(flags);
    }
}
