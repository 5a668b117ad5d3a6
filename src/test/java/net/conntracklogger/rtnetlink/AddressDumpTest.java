// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import org.junit.jupiter.api.Test;

/** What the monitor reads at first, and again. */
class AddressDumpTest extends ScriptedAddresses {
    @Test
    void requestsOnlyWhatItNeeds() throws LinuxException {
        kernel.answerEmptyDumps(DUMPS);
        assertPassedOn();
        assertEquals(
                List.of(
                        "18 family 0",
                        "22 family 2",
                        "26 family 2 table 255 type 0",
                        "22 family 10",
                        "26 family 10 table 255 type 0",
                        "26 family 2 table 0 type 3",
                        "26 family 10 table 0 type 4"),
                kernel.requests().stream().map(AddressDumpTest::text).toList());
    }

    @Test
    void passesOnAddressesAndRoutes() throws LinuxException {
        kernel.answer(datagram(link(2, "eth0", ""), link(7, "br0", "bridge"), done()))
                .answer(datagram(v4("192.0.2.1", 0), v4("192.0.2.2", 0)), datagram(done()))
                .answer(datagram(route(AF_INET, 8, LOCAL, TYPE_LOCAL, "127.0.0.0"), done()))
                .answer(datagram(v6("2001:db8::1", 0), done()))
                .answer(datagram(route(AF_INET6, 48, LOCAL, TYPE_LOCAL, "2001:db8:1::"), done()))
                .answer(datagram(route(AF_INET, 32, MAIN, BROADCAST, "192.0.2.255"), done()))
                .answer(datagram(route(AF_INET6, 128, LOCAL, ANYCAST, "2001:db8::"), done()));
        assertPassedOn(
                "own 192.0.2.1/32",
                "own 192.0.2.2/32",
                "own 127.0.0.0/8",
                "own 2001:db8::1/128",
                "own 2001:db8:1::/48",
                "everybody 192.0.2.255",
                "own 2001:db8::/128");
        assertEquals(List.of("2 eth0 ", "7 br0 bridge"), links);
    }

    /** As of a network namespace that never had an IPv4 address. */
    @Test
    void acceptsThatThereIsNoLocalTable() throws LinuxException {
        kernel.answerEmptyDumps(1)
                .answer(datagram(done()))
                .answer(datagram(done(Errno.ENOENT, "ipv4: FIB table does not exist")))
                .answer(datagram(v6("::1", 0), done()))
                .answerEmptyDumps(3);
        assertPassedOn("own ::1/128");
    }

    @Test
    void readsAgainIfATableChangedMeanwhile() throws LinuxException {
        kernel.answer(datagram(v4("192.0.2.1", 0).flags(MULTI_INTERRUPTED), done()))
                .answerEmptyDumps(DUMPS - 1)
                .answer(datagram(v4("192.0.2.2", 0), done()))
                .answerEmptyDumps(DUMPS - 1);
        assertPassedOn("own 192.0.2.2/32");
    }

    @Test
    void readsAgainIfNotificationsWereDroppedMeanwhile() throws LinuxException {
        kernel.answer(failure(Errno.ENOBUFS), datagram(v4("192.0.2.1", 0), done()))
                .answerEmptyDumps(DUMPS - 1)
                .answer(datagram(v4("192.0.2.2", 0), done()))
                .answerEmptyDumps(DUMPS - 1);
        assertPassedOn("own 192.0.2.2/32");
    }

    @Test
    void readsAgainIfAnAddressIsRemovedMeanwhile() throws LinuxException {
        kernel.answer(
                        datagram(v4("192.0.2.1", 0)),
                        datagram(FakeMessage.of(RTM_DELADDR).late().zeros(8)),
                        datagram(done()))
                .answerEmptyDumps(DUMPS - 1)
                .answerEmptyDumps(DUMPS);
        assertPassedOn();
    }

    @Test
    void receivesAgainAfterASignal() throws LinuxException {
        kernel.answer(failure(Errno.EINTR), datagram(v4("192.0.2.1", 0)), failure(Errno.EINTR), datagram(done()))
                .answerEmptyDumps(DUMPS - 1);
        assertPassedOn("own 192.0.2.1/32");
    }

    @Test
    void reportsARefusalAsTheKernelExplainsIt() {
        kernel.answer(error(Errno.EINVAL, "Invalid values in header"));
        LinuxException failure = assertThrows(LinuxException.class, monitor::poll);
        assertTrue(failure.getMessage().startsWith("cannot read local addresses and routes: "));
        assertTrue(failure.getMessage().contains("Invalid values in header"), failure::getMessage);
    }

    @Test
    void reportsADumpThatEndsWithAnError() {
        kernel.answer(datagram(v4("192.0.2.1", 0), done(Errno.ENOMEM, "no memory")));
        assertEquals(
                Errno.ENOMEM, assertThrows(LinuxException.class, monitor::poll).errno());
    }

    /** The first attempt ends in the middle, with some of the addresses. */
    @Test
    void readsEverythingAgainAfterAFailure() throws LinuxException {
        kernel.answerEmptyDumps(2).answer(datagram(done(Errno.ENOMEM, "no memory")));
        assertThrows(LinuxException.class, monitor::poll);
        kernel.answerEmptyDumps(1).answer(datagram(v4("192.0.2.1", 0), done())).answerEmptyDumps(DUMPS - 2);
        assertPassedOn("own 192.0.2.1/32");
    }

    @Test
    void reportsADumpThatStops() {
        kernel.answer(datagram(v4("192.0.2.1", 0)));
        assertEquals(
                Errno.EAGAIN, assertThrows(LinuxException.class, monitor::poll).errno());
    }

    @Test
    void reportsAnAnswerThatIsCutOff() {
        kernel.answer(oversized(1, v4("192.0.2.1", 0)));
        assertEquals(
                Errno.EMSGSIZE,
                assertThrows(LinuxException.class, monitor::poll).errno());
    }

    @Test
    void reportsAMessageWithoutALength() {
        kernel.answer(datagram(v4("192.0.2.1", 0).claiming(0)));
        assertEquals(
                Errno.EBADMSG, assertThrows(LinuxException.class, monitor::poll).errno());
    }

    private static String text(ByteBuffer request) {
        String common = request.getShort(4) + " family " + request.get(16);
        return request.capacity() < 28 || request.getShort(4) == 18
                ? common
                : common + " table " + (request.get(20) & 0xff) + " type " + request.get(23);
    }
}
