// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.linux.netlink.FakeMessage.done;
import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request and all the messages that answer it. */
class NetlinkDumpTest extends ScriptedConnection {
    NetlinkDumpTest() {
        super(FakeNetlink.answering());
    }

    @Test
    void visitsAllMessages() throws LinuxException {
        kernel.answer(datagram(told(1), told(2)), datagram(told(3)), datagram(told(4), done()));
        assertEquals(0, dump());
        assertEquals(List.of(1, 2, 3, 4), visited);
    }

    @Test
    void visitsMessagesOfAnyLength() throws LinuxException {
        kernel.answer(datagram(told(1).u8(0), told(2).u8(0, 0, 0), told(3), done()));
        assertEquals(0, dump());
        assertEquals(List.of(1, 2, 3), visited);
    }

    @Test
    void skipsLateAnswers() throws LinuxException {
        kernel.answer(datagram(told(1).late(), done().late()), datagram(told(2), done()));
        assertEquals(0, dump());
        assertEquals(List.of(2), visited);
    }

    @Test
    void receivesAgainAfterASignal() throws LinuxException {
        kernel.answer(datagram(told(1)), failure(Errno.EINTR), datagram(told(2), done()));
        assertEquals(0, dump());
        assertEquals(List.of(1, 2), visited);
    }

    @Test
    void reportsThatWhatItReadChanged() throws LinuxException {
        kernel.answer(datagram(told(1).flags(0x12)), datagram(told(2), done())).answer(datagram(told(3), done()));
        assertEquals(-Errno.EINTR, dump());
        assertEquals(List.of(1, 2), visited);
        assertEquals(0, dump(), "the next one");
    }

    @Test
    void doesNotMindThatALateDumpChanged() throws LinuxException {
        kernel.answer(datagram(told(1).flags(0x12).late()), datagram(told(2), done()));
        assertEquals(0, dump());
    }

    @Test
    void returnsTheErrnoOfARefusal() throws LinuxException {
        kernel.answer(error(Errno.EPERM));
        assertEquals(-Errno.EPERM, dump());
    }

    @Test
    void returnsTheErrnoWithWhichItEnds() throws LinuxException {
        kernel.answer(datagram(told(1), done(Errno.ENOMEM, "out of it")));
        assertEquals(-Errno.ENOMEM, dump());
        assertEquals(List.of(1), visited);
    }

    @Test
    void endsWithoutANumber() throws LinuxException {
        kernel.answer(FakeMessage.of(NetlinkHeader.NLMSG_DONE));
        assertEquals(0, dump());
    }

    @Test
    void failsIfItStopsHalfWay() {
        kernel.answer(told(1));
        assertFailsWith(Errno.EAGAIN, this::dump);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 64})
    void failsIfAMessageClaimsAnotherLength(int length) {
        kernel.answer(datagram(told(1), told(2).claiming(length)));
        assertFailsWith(Errno.EBADMSG, this::dump);
        assertEquals(List.of(1), visited);
    }

    @Test
    void canBeReadInParts() throws LinuxException {
        kernel.answer(datagram(told(1)), datagram(told(2)), datagram(done()));
        send();
        assertEquals(NetlinkConnection.MORE, connection.receive(recorder));
        assertEquals(List.of(1), visited);
        assertEquals(NetlinkConnection.MORE, connection.receive(recorder));
        assertEquals(0, connection.receive(recorder));
        assertEquals(List.of(1, 2), visited);
    }
}
