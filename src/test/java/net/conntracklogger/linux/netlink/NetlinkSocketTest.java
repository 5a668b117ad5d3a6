// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

/** With the kernel's own rtnetlink, which lets every user read. */
class NetlinkSocketTest {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int RTM_GETROUTE = 26;
    private static final int IFINFOMSG_LENGTH = 16;
    private static final int IFINFOMSG_INDEX = NetlinkHeader.SIZE + 4;
    private static final int RTMSG_LENGTH = 12;
    private static final int RTMSG_TABLE = NetlinkHeader.SIZE + 4;
    private static final int SIZE = 64 * 1024;

    @Test
    void looksUpTheLoopbackInterface() throws LinuxException {
        try (NetlinkConnection connection = connection(open())) {
            int answer = exchange(connection, 1);
            assertEquals(RTM_NEWLINK, NetlinkHeader.type(connection.bytes(), answer));
            assertEquals(1, connection.bytes().getInt(answer + IFINFOMSG_INDEX));
            assertEquals(1, connection.bytes().getInt(exchange(connection, 1) + IFINFOMSG_INDEX), "again");
        }
    }

    @Test
    void returnsTheErrnoOfWhatIsNotThere() throws LinuxException {
        try (NetlinkConnection connection = connection(open())) {
            assertEquals(-19, exchange(connection, Integer.MAX_VALUE), "ENODEV");
            assertEquals(RTM_NEWLINK, NetlinkHeader.type(connection.bytes(), exchange(connection, 1)), "afterwards");
        }
    }

    @Test
    void listsAllInterfaces() throws LinuxException {
        try (NetlinkConnection connection = connection(open())) {
            List<Integer> indexes = new ArrayList<>();
            connection.begin(RTM_GETLINK, NetlinkHeader.NLM_F_DUMP).putHeader(IFINFOMSG_LENGTH);
            assertEquals(
                    0, connection.dump(message -> indexes.add(connection.bytes().getInt(message + IFINFOMSG_INDEX))));
            assertTrue(indexes.contains(1), indexes::toString);
        }
    }

    /** Which it does since Linux 4.12; the words are the kernel's. */
    @Test
    void isToldWhatIsWrong() throws LinuxException {
        NetlinkSocket socket = open();
        try (NetlinkConnection connection = connection(socket)) {
            socket.filterDumps();
            NetlinkMessage request = connection.begin(RTM_GETROUTE, NetlinkHeader.NLM_F_DUMP);
            request.bytes().put(request.putHeader(RTMSG_LENGTH), (byte) LibC.AF_INET);
            request.bytes().put(RTMSG_TABLE, (byte) 77);
            int result = connection.dump(message -> {});
            assertEquals(-Errno.ENOENT, result);
            String message = connection.failure("list", "table 77", result, "").getMessage();
            assertTrue(message.matches(".*; the kernel says '.*table.*'"), message);
        }
    }

    @Test
    void reportsAnAnswerThatIsLongerThanTheBuffer() throws LinuxException {
        try (NetlinkConnection connection = new NetlinkConnection(open(), /* size= */ 64)) {
            LinuxException failure = assertThrows(LinuxException.class, () -> exchange(connection, 1));
            assertEquals(Errno.EMSGSIZE, failure.errno());
        }
    }

    @Test
    void waitsASecondForAnAnswer() throws LinuxException {
        try (NetlinkSocket socket = open();
                NetlinkDatagram datagram = new NetlinkDatagram(SIZE)) {
            assertEquals(-Errno.EAGAIN, socket.receive(datagram, LibC.MSG_DONTWAIT));
            long before = System.nanoTime();
            assertEquals(-Errno.EAGAIN, socket.receive(datagram, 0));
            assertTrue(System.nanoTime() - before >= 900_000_000);
        }
    }

    @Test
    void hasDroppedNothing() throws LinuxException {
        try (NetlinkSocket socket = open()) {
            assertEquals(0, socket.dropped());
            assertFalse(socket.hasGroups());
        }
    }

    @Test
    void reportsAProtocolThatTheKernelDoesNotHave() {
        LinuxException failure = assertThrows(LinuxException.class, () -> NetlinkSocket.open("odd", 31, 0));
        assertTrue(failure.getMessage().startsWith("cannot open netlink socket odd: "), failure::getMessage);
    }

    @Test
    void canBeClosedAgain() throws LinuxException {
        NetlinkSocket socket = open();
        socket.close();
        socket.close();
        assertEquals(-1, socket.fd());
    }

    private static NetlinkSocket open() throws LinuxException {
        return NetlinkSocket.open("rtnetlink", NetlinkSocket.NETLINK_ROUTE, /* groups= */ 0);
    }

    private static NetlinkConnection connection(NetlinkSocket socket) {
        return new NetlinkConnection(socket, SIZE);
    }

    private static int exchange(NetlinkConnection connection, int interfaceIndex) throws LinuxException {
        NetlinkMessage request = connection.begin(RTM_GETLINK, 0);
        request.putHeader(IFINFOMSG_LENGTH);
        request.bytes().putInt(IFINFOMSG_INDEX, interfaceIndex);
        return connection.exchange();
    }
}
