// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

/** A connection whose socket has joined multicast groups. */
class NetlinkNotificationTest extends ScriptedConnection {
    NetlinkNotificationTest() {
        super(FakeNetlink.notifying());
    }

    @Test
    void visitsNotifications() throws LinuxException {
        kernel.notify(datagram(notice(1), notice(2)), failure(Errno.EINTR), datagram(notice(3)));
        assertTrue(connection.poll(recorder));
        assertEquals(List.of(1, 2, 3), visited);
        assertTrue(connection.poll(recorder));
        assertEquals(3, visited.size());
    }

    @Test
    void reportsOnceThatSomeWereDropped() throws LinuxException {
        kernel.notify(datagram(notice(1)), failure(Errno.ENOBUFS), datagram(notice(2)));
        assertFalse(connection.poll(recorder));
        assertEquals(List.of(1, 2), visited);
        assertTrue(connection.poll(recorder));
    }

    @Test
    void countsANotificationThatDoesNotFitAsDropped() throws LinuxException {
        kernel.notify(oversized(1, notice(1)), datagram(notice(2)));
        assertFalse(connection.poll(recorder));
        assertEquals(List.of(2), visited);
    }

    @Test
    void visitsNotificationsAmongAnswers() throws LinuxException {
        kernel.notify(notice(1)).answer(datagram(told(2)), datagram(notice(3).late()), datagram(told(4), done()));
        assertEquals(0, dump());
        assertEquals(List.of(1, 2, 3, 4), visited);
    }

    @Test
    void goesOnWithADumpDuringWhichSomeWereDropped() throws LinuxException {
        kernel.answer(
                datagram(told(1)),
                failure(Errno.ENOBUFS),
                oversized(1, notice(0).late()),
                datagram(told(2), done()));
        assertEquals(0, dump());
        assertEquals(List.of(1, 2), visited);
        assertFalse(connection.poll(recorder));
    }

    @Test
    void failsIfAnAnswerDoesNotFit() {
        kernel.answer(oversized(1, told(1)));
        assertFailsWith(Errno.EMSGSIZE, this::dump);
    }

    @Test
    void failsOnAnyOtherError() {
        kernel.notify(failure(Errno.EBADF));
        assertFailsWith(Errno.EBADF, () -> connection.poll(recorder));
    }
}
