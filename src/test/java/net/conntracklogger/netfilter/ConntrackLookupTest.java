// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.flow.Addresses.address;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.hex;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On scripted answers of the kernel, the rare ones above all. */
class ConntrackLookupTest {
    private static final int CT_NEW = 0x0100;
    private static final int CTA_TIMEOUT = 7;
    private static final int CTA_ID = 12;
    private static final int ID = 0x01020304;

    private final FakeNetlink kernel = FakeNetlink.answering();
    private final ConntrackLookup table = new ConntrackLookup(kernel);
    private final FlowEvent flow = udp(/* zone= */ 0);

    @Nested
    class AFlowIsGone {
        @Test
        void ifNeitherDirectionIsFound() throws LinuxException {
            kernel.answer(error(Errno.ENOENT)).answer(error(Errno.ENOENT));
            assertTrue(table.isGone(flow));
            assertEquals(2, kernel.requests().size());
        }

        @Test
        void ifAnotherFlowHasBothTuples() throws LinuxException {
            kernel.answer(found(ID + 1)).answer(found(ID + 1));
            assertTrue(table.isGone(flow));
        }

        @Test
        void ifTheAnswerComesAfterASignalAndALateOne() throws LinuxException {
            FakeNetlink.Step[] late = {failure(Errno.EINTR), datagram(found(ID).late()), datagram(error(Errno.ENOENT))};
            kernel.answer(late).answer(late);
            assertTrue(table.isGone(flow));
        }
    }

    @Nested
    class AFlowIsNotGone {
        @Test
        void ifItIsFound() throws LinuxException {
            kernel.answer(found(ID));
            assertFalse(table.isGone(flow));
        }

        @Test
        void ifItIsFoundByItsReply() throws LinuxException {
            kernel.answer(error(Errno.ENOENT)).answer(found(ID));
            assertFalse(table.isGone(flow));
            assertTrue(kernel.isSpent());
        }

        @ParameterizedTest
        @ValueSource(ints = {Errno.EPERM, Errno.EINVAL, Errno.ENOMEM})
        void ifTheKernelRefusesToAnswer(int errno) throws LinuxException {
            kernel.answer(error(errno, "not now"));
            assertFalse(table.isGone(flow));
        }

        @Test
        void ifTheAnswerHasNoId() throws LinuxException {
            kernel.answer(FakeMessage.of(CT_NEW).u8(2, 0, 0, 0).attribute32(CTA_TIMEOUT, 1));
            assertFalse(table.isGone(flow));
            kernel.answer(FakeMessage.of(CT_NEW));
            assertFalse(table.isGone(flow), "not even a family");
        }

        @Test
        void ifItIsOfAnotherNamespace() throws LinuxException {
            assertFalse(table.isGone(flow.in(new NetworkNamespace(1, "blue", 1))));
            assertEquals(List.of(), kernel.requests());
        }
    }

    @Nested
    class ALookupFails {
        @Test
        void ifTheKernelDoesNotAnswer() {
            assertEquals(Errno.EAGAIN, failureOf().errno());
        }

        @Test
        void ifTheAnswerIsCutOff() {
            kernel.answer(oversized(1, found(ID)));
            assertEquals(Errno.EMSGSIZE, failureOf().errno());
            kernel.answer(found(ID).claiming(4000));
            assertEquals(Errno.EBADMSG, failureOf().errno());
        }

        private LinuxException failureOf() {
            return assertThrows(LinuxException.class, () -> table.isGone(flow));
        }
    }

    /** {@code conntrack -G -p udp -s 192.0.2.1 -d 192.0.2.2 --sport 4660 --dport 53 -w 7} sends the same tuple and zone. */
    @Test
    void asksForTheTupleInItsZone() throws LinuxException {
        kernel.answer(error(Errno.ENOENT)).answer(found(ID));
        table.isGone(udp(7));
        ByteBuffer request = kernel.requests().get(0);
        assertEquals(0x0101, request.getShort(4), "IPCTNL_MSG_CT_GET");
        assertEquals(1, request.getShort(6), "NLM_F_REQUEST");
        assertEquals("02000000", hex(request, 16, 4), "AF_INET");
        assertEquals("c0000201", hex(request, 32, 4), "CTA_IP_V4_SRC");
        assertEquals("c0000202", hex(request, 40, 4), "CTA_IP_V4_DST");
        assertEquals("11", hex(request, 52, 1), "CTA_PROTO_NUM");
        assertEquals("1234", hex(request, 60, 2), "CTA_PROTO_SRC_PORT");
        assertEquals("0035", hex(request, 68, 2), "CTA_PROTO_DST_PORT");
        assertEquals("0007", hex(request, 76, 2), "CTA_ZONE");
        assertEquals(80, request.capacity());
        assertEquals("c0000202", hex(kernel.requests().get(1), 32, 4), "the reply's source");
    }

    private static FakeMessage found(int id) {
        return FakeMessage.of(CT_NEW)
                .u8(2, 0, 0, 0)
                .attribute32(CTA_TIMEOUT, 30)
                .attribute(CTA_ID, (byte) (id >> 24), (byte) (id >> 16), (byte) (id >> 8), (byte) id);
    }

    private static FlowEvent udp(int zone) {
        FlowTuple tuple =
                new FlowTuple(address("192.0.2.1"), address("192.0.2.2"), Protocol.UDP, new Layer4.Ports(0x1234, 53));
        return new FlowEvent(FlowEvent.Kind.NEW, ID, tuple, tuple.reversed(), 0, zone, false, 0, null, null);
    }
}
