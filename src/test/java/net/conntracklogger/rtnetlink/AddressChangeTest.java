// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the monitor makes of notifications. */
class AddressChangeTest extends ScriptedAddresses {
    @BeforeEach
    void readNothing() throws LinuxException {
        kernel.answerEmptyDumps(DUMPS);
        monitor.poll();
    }

    @Test
    void passesOnWhatIsAdded() throws LinuxException {
        kernel.notify(v4("192.0.2.1", 0));
        kernel.notify(route(AF_INET, 24, LOCAL, TYPE_LOCAL, "198.51.100.0"));
        kernel.notify(FakeMessage.of(RTM_NEWLINK).zeros(8).u32(1, 0));
        assertPassedOn("own 192.0.2.1/32", "own 198.51.100.0/24");
        assertEquals(DUMPS, kernel.requests().size());
    }

    static Stream<Arguments> removals() {
        return Stream.of(
                Arguments.of("address", datagram(FakeMessage.of(RTM_DELADDR).zeros(8))),
                Arguments.of("link", datagram(FakeMessage.of(RTM_DELLINK).zeros(16))),
                Arguments.of(
                        "link that is down",
                        datagram(FakeMessage.of(RTM_NEWLINK).zeros(16))),
                Arguments.of(
                        "short message of a link",
                        datagram(FakeMessage.of(RTM_NEWLINK).zeros(4))),
                Arguments.of("local route", datagram(removed(LOCAL, TYPE_LOCAL))),
                Arguments.of("broadcast route", datagram(removed(MAIN, BROADCAST))),
                Arguments.of("anycast route", datagram(removed(MAIN, ANYCAST))),
                Arguments.of(
                        "short message of a route",
                        datagram(FakeMessage.of(RTM_DELROUTE).zeros(4))),
                Arguments.of("dropped notification", failure(Errno.ENOBUFS)),
                Arguments.of(
                        "notification that does not fit",
                        oversized(1, FakeMessage.of(RTM_NEWLINK).zeros(16))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("removals")
    void readsAllAgainAfterARemoval(String what, FakeNetlink.Step removal) throws LinuxException {
        kernel.notify(datagram(v4("192.0.2.1", 0)), removal)
                .answer(datagram(v4("192.0.2.2", 0), done()))
                .answerEmptyDumps(DUMPS - 1);
        assertPassedOn("own 192.0.2.2/32");
    }

    static Stream<Arguments> indifferent() {
        return Stream.of(
                Arguments.of("route elsewhere", removed(MAIN, UNICAST)),
                Arguments.of("local route of a proxy", removed(100, TYPE_LOCAL)),
                Arguments.of("proxy's new route", route(AF_INET, 24, 100, TYPE_LOCAL, "198.51.100.0")),
                Arguments.of("new route elsewhere", route(AF_INET, 24, MAIN, UNICAST, "198.51.100.0")),
                Arguments.of("address that is not usable yet", v4("192.0.2.9", 0x40)),
                Arguments.of("address that is taken", v6("2001:db8::9", 0x08)),
                Arguments.of(
                        "address without a value",
                        FakeMessage.of(RTM_NEWADDR).u8(AF_INET, 32, 0, 0).u32(1)),
                Arguments.of("cut address", FakeMessage.of(RTM_NEWADDR)),
                Arguments.of(
                        "short address",
                        FakeMessage.of(RTM_NEWADDR)
                                .u8(AF_INET6, 64, 0, 0)
                                .u32(1)
                                .attribute(IFA_ADDRESS, (byte) 1)),
                Arguments.of("cut route", FakeMessage.of(RTM_NEWROUTE).zeros(8)),
                Arguments.of("other message", FakeMessage.of(99)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("indifferent")
    void passesOverWhatDoesNotCount(String what, FakeMessage message) throws LinuxException {
        kernel.notify(message);
        assertPassedOn();
        assertEquals(DUMPS, kernel.requests().size());
    }

    @Test
    void takesItsOwnEndOfAPointToPointLink() throws LinuxException {
        kernel.notify(FakeMessage.of(RTM_NEWADDR)
                .u8(AF_INET, 32, 0, 0)
                .u32(1)
                .attribute(IFA_ADDRESS, bytes("192.0.2.2"))
                .attribute(IFA_LOCAL, bytes("192.0.2.1")));
        assertPassedOn("own 192.0.2.1/32");
    }

    @Test
    void takesTheDefaultRouteOfTheLocalTableForAll() throws LinuxException {
        kernel.notify(FakeMessage.of(RTM_NEWROUTE)
                .u8(AF_INET, 0, 0, 0, LOCAL, 0, 0, TYPE_LOCAL)
                .u32(0));
        assertPassedOn("own 0.0.0.0/0");
    }

    @Test
    void failsOnAnyOtherError() {
        kernel.notify(failure(Errno.EBADF));
        assertEquals(
                Errno.EBADF, assertThrows(LinuxException.class, monitor::poll).errno());
    }
}
