// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.linux.netlink.FakeNetlink.datagram;
import static net.conntracklogger.linux.netlink.FakeNetlink.failure;
import static net.conntracklogger.linux.netlink.FakeNetlink.oversized;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.handover.HandoverMemory;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On scripted datagrams that hold messages of a kernel. */
class ConntrackSocketTest {
    private final FakeNetlink kernel = FakeNetlink.notifying();
    private ConntrackSocket events;

    @BeforeEach
    void open() throws LinuxException {
        open(/* adopted= */ false);
    }

    private void open(boolean adopted) throws LinuxException {
        HandoverMemory own = HandoverMemory.create();
        events = new ConntrackSocket(kernel, Optional.empty(), own.events(), own, adopted);
    }

    @AfterEach
    void close() {
        events.close();
    }

    @Test
    void returnsEventsInTheirOrder() throws LinuxException {
        kernel.notify(recorded("udp4.txt")).notify(recorded("tcp4.txt"));
        assertEquals(Protocol.UDP, protocol(events.receive()));
        assertEquals(Protocol.TCP, protocol(events.receive()));
        assertNull(events.receive());
        assertEquals(0, events.malformed());
        assertEquals("", events.lastMalformed());
    }

    /** These messages are of a kernel that sends no time. */
    @Test
    void doesNotDateEventsThatWaitedForThisProcess() throws LinuxException {
        events.close();
        open(/* adopted= */ true);
        kernel.notify(recorded("udp4.txt"));
        assertEquals(0, events.receive().timestamp());
        assertNull(events.receive());
        long before = EpochMicros.now();
        kernel.notify(recorded("udp4.txt"));
        assertTrue(events.receive().timestamp() >= before);
    }

    @Test
    void passesOverChanges() throws LinuxException {
        kernel.notify(recorded("tcp4-update.txt")).notify(recorded("udp4.txt"));
        assertEquals(Protocol.UDP, protocol(events.receive()));
        assertEquals(0, events.malformed());
    }

    @Test
    void receivesAgainAfterASignal() throws LinuxException {
        kernel.notify(failure(Errno.EINTR), datagram(recorded("udp4.txt")));
        assertEquals(Protocol.UDP, protocol(events.receive()));
    }

    /** The kernel announces with ENOBUFS that it dropped events; those that wait are still received. */
    @Test
    void goesOnWhenEventsWereDropped() throws LinuxException {
        kernel.notify(failure(Errno.ENOBUFS), datagram(recorded("udp4.txt")));
        kernel.dropped(12);
        assertEquals(Protocol.UDP, protocol(events.receive()));
        assertEquals(12, events.dropped());
    }

    @Test
    void countsAMessageThatIsTooShort() throws LinuxException {
        kernel.notify(datagram(), datagram(FakeMessage.of(0x0100)), datagram(recorded("udp4.txt")));
        assertEquals(Protocol.UDP, protocol(events.receive()));
        assertEquals(2, events.malformed());
        assertEquals("message of 16 bytes, shorter than its headers", events.lastMalformed());
    }

    @Test
    void countsAMessageThatIsCutOff() throws LinuxException {
        kernel.notify(datagram(recorded("udp4.txt").claiming(4000)), datagram(recorded("tcp4.txt")));
        assertEquals(Protocol.TCP, protocol(events.receive()));
        assertEquals(1, events.malformed());
        assertTrue(events.lastMalformed().endsWith(" bytes claims 4000"), events.lastMalformed());
    }

    /** What lies behind the end of the buffer is not read. */
    @Test
    void countsAMessageThatDoesNotFit() throws LinuxException {
        kernel.notify(oversized(1, recorded("udp4.txt").claiming(8 * 1024 + 1)), datagram(recorded("tcp4.txt")));
        assertEquals(Protocol.TCP, protocol(events.receive()));
        assertEquals(1, events.malformed());
        assertEquals("message of 8193 bytes, longer than the buffer", events.lastMalformed());
    }

    @Test
    void failsOnAnyOtherError() {
        kernel.notify(failure(Errno.ENOMEM));
        LinuxException failure = assertThrows(LinuxException.class, events::receive);
        assertEquals(Errno.ENOMEM, failure.errno());
        assertTrue(failure.getMessage().startsWith("cannot receive conntrack events: "), failure::getMessage);
    }

    @Test
    void closesItsSocket() {
        events.close();
        assertTrue(kernel.isClosed());
    }

    private static FakeMessage recorded(String name) {
        return FakeMessage.recorded(RecordedMessage.named(name).bytes());
    }

    private static Protocol protocol(FlowEvent event) {
        assertNotNull(event, "no event");
        return event.original().protocol();
    }
}
