// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.linux.netlink.FakeMessage.error;
import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One request and the one message that answers it. */
class NetlinkExchangeTest extends ScriptedConnection {
    NetlinkExchangeTest() {
        super(FakeNetlink.answering());
    }

    @Test
    void returnsTheMessageThatAnswers() throws LinuxException {
        kernel.answer(told(7));
        assertEquals(7, value(exchange()));
    }

    @Test
    void numbersRequests() throws LinuxException {
        kernel.answer(told(1)).answer(told(2));
        assertEquals(1, value(exchange()));
        assertEquals(2, value(exchange()));
        assertEquals(1, kernel.requests().get(0).getInt(8));
        assertEquals(2, kernel.requests().get(1).getInt(8));
    }

    @Test
    void skipsLateAnswers() throws LinuxException {
        kernel.answer(datagram(told(1).late()), datagram(error(Errno.EPERM).late()), datagram(told(2)));
        assertEquals(2, value(exchange()));
    }

    @Test
    void findsTheAnswerBehindALateOneInTheSameDatagram() throws LinuxException {
        kernel.answer(datagram(told(1).late(), told(2)));
        assertEquals(2, value(exchange()));
    }

    @Test
    void receivesAgainAfterASignal() throws LinuxException {
        kernel.answer(failure(Errno.EINTR), failure(Errno.EINTR), datagram(told(3)));
        assertEquals(3, value(exchange()));
    }

    @Test
    void passesOverADatagramWithoutAMessage() throws LinuxException {
        kernel.answer(datagram(), datagram(told(4)));
        assertEquals(4, value(exchange()));
    }

    @Test
    void returnsTheErrnoOfARefusal() throws LinuxException {
        kernel.answer(error(Errno.ENOENT));
        assertEquals(-Errno.ENOENT, exchange());
    }

    @Test
    void takesAnAcknowledgementForAnAnswer() throws LinuxException {
        kernel.answer(error(0));
        assertEquals(0, exchange());
    }

    @Test
    void failsIfNothingComes() {
        LinuxException failure = assertThrows(LinuxException.class, this::exchange);
        assertEquals(Errno.EAGAIN, failure.errno());
        assertEquals(
                "cannot receive from netlink socket fake: " + LibC.strerror(Errno.EAGAIN)
                        + " (errno 11); the kernel did not answer",
                failure.getMessage());
    }

    /** An acknowledgement for which the kernel had no memory. */
    @Test
    void failsIfItsAnswerWasDropped() {
        kernel.answer(failure(Errno.ENOBUFS));
        assertFailsWith(Errno.ENOBUFS, this::exchange);
    }

    @Test
    void failsIfItsAnswerDoesNotFit() {
        kernel.answer(oversized(1, told(1)));
        assertFailsWith(Errno.EMSGSIZE, this::exchange);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 21, 64, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void failsIfItsAnswerClaimsAnotherLength(int length) {
        kernel.answer(told(1).claiming(length));
        assertFailsWith(Errno.EBADMSG, this::exchange);
    }

    @Test
    void answersTheNextRequestAfterAFailure() throws LinuxException {
        assertFailsWith(Errno.EAGAIN, this::exchange);
        kernel.answer(datagram(told(1).late()), datagram(told(2)));
        assertEquals(2, value(exchange()));
    }

    @Test
    void closesItsTransport() {
        connection.close();
        assertTrue(kernel.isClosed());
    }
}
