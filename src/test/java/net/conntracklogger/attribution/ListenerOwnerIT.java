// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.Unattributed.PROCESS_GONE;
import static net.conntracklogger.flow.Unattributed.SHARED_SOCKET;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.SocketHolder;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The owner of an inbound flow if the process that listened, by its record, need not hold the socket any more. */
@KernelTest
@SuppressWarnings("try") // Blocks hold sockets open without using them.
final class ListenerOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    private static NativeSocket tcp() throws LinuxException {
        return NativeSocket.bound(at(NEAR, 80), NativeSocket.SOCK_STREAM, NativeSocket.IPPROTO_TCP);
    }

    /** Returns the flow of a connection from the far end, whose client has closed it. */
    private AttributedFlow connection(OwnNetwork far) throws Exception {
        far.call(() -> SocketChannel.open(at(NEAR, 80))).close();
        return bed.next(INBOUND);
    }

    @Test
    void isTheListenerWhileItHoldsTheSocketThenTheRemainingHolder(OwnNetwork far) throws Exception {
        try (NativeSocket server = tcp();
                SocketHolder holder = SocketHolder.start()) {
            server.listen();
            assertOwner(connection(far)).isThisProcess().by(BPF);
            assertOwner(connection(far)).isThisProcess().by(BPF);
            server.close();
            assertIsRemainingHolder(holder, connection(far));
            assertIsRemainingHolder(holder, connection(far));
        }
    }

    private static void assertIsRemainingHolder(SocketHolder holder, AttributedFlow flow) throws Exception {
        assertOwner(flow).isProcess(holder.pid()).by(LISTENER);
        assertEquals("root", Wait.forValue("the user", flow.owner().identity().user()));
    }

    @Test
    void isTheReceiverWhileItHoldsTheSocketThenTheRemainingHolder(OwnNetwork far) throws Exception {
        try (NativeSocket server = NativeSocket.bound(at(NEAR, 53), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                SocketHolder holder = SocketHolder.start();
                DatagramChannel client = far.call(DatagramChannel::open)) {
            send(client, at(NEAR, 53));
            assertOwner(bed.next(INBOUND)).isThisProcess().by(BPF);
            server.close();
            Child.run("conntrack", "-F");
            send(client, at(NEAR, 53));
            assertOwner(bed.next(INBOUND)).isProcess(holder.pid()).by(LISTENER);
        }
    }

    @Test
    void isUnknownIfTheSocketOfTheDatagramIsClosed(OwnNetwork far) throws Exception {
        try (NativeSocket server = NativeSocket.bound(at(NEAR, 53), LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                DatagramChannel client = far.call(DatagramChannel::open)) {
            send(client, at(NEAR, 53));
            FlowEvent event = bed.event();
            server.close();
            assertOwner(bed.attribute(event)).isUnknown(PROCESS_GONE);
        }
    }

    @Test
    void isUnknownIfTheListenerIsClosed(OwnNetwork far) throws Exception {
        try (NativeSocket server = tcp()) {
            server.listen();
            far.call(() -> SocketChannel.open(at(NEAR, 80))).close();
            FlowEvent event = bed.event();
            server.close();
            assertOwner(bed.attribute(event)).isUnknown(PROCESS_GONE);
        }
    }

    @Test
    void isUnknownWhileTwoProcessesHoldTheSocketThenTheRemainingHolder(OwnNetwork far) throws Exception {
        try (NativeSocket server = tcp();
                SocketHolder one = SocketHolder.start();
                SocketHolder other = SocketHolder.start()) {
            server.listen();
            server.close();
            AttributedFlow shared = connection(far);
            assertShared(shared);
            assertTrue(ProcFacts.of(one.pid())
                    .controlGroups()
                    .contains(shared.owner().cgroup().path()));
            other.close();
            AttributedFlow[] flow = {shared};
            Wait.until("the holders are looked up again", () -> {
                assertShared(flow[0]);
                flow[0] = connection(far);
                return flow[0].owner().process() != null;
            });
            assertOwner(flow[0]).isProcess(one.pid()).by(LISTENER);
        }
    }

    private static void assertShared(AttributedFlow flow) {
        assertOwner(flow).isUnknown(SHARED_SOCKET).by(LISTENER).hasUid(0);
    }

    /** A daemon forks and ends. The process that remains forks workers, which accept. */
    @Test
    void isTheEldestHolderIfTheirParentHasEnded(OwnNetwork far) throws Exception {
        String program = "import os, signal, socket; s = socket.create_server(('10.77.0.2', 80)); pid = os.fork();"
                + " (print(pid, flush=True), os._exit(0)) if pid else (os.fork(), os.fork(), signal.pause())";
        try (Child daemon = Child.python(program)) {
            ProcessHandle eldest =
                    ProcessHandle.of(Long.parseLong(daemon.output().next())).orElseThrow();
            try {
                daemon.await();
                Wait.until("three workers run", () -> eldest.descendants().count() == 3);
                assertOwner(connection(far)).isProcess(eldest.pid()).by(LISTENER);
            } finally {
                eldest.descendants().forEach(ProcessHandle::destroyForcibly);
                eldest.destroyForcibly();
            }
        }
    }

    /** Of a listener that is older than the BPF programs, only kinship tells which of its holders uses the socket. */
    @Test
    void isTheEldestHolderIfTheListenerIsOlderThanTheBpfPrograms(OwnNetwork far) throws Exception {
        try (NativeSocket server = tcp();
                SocketHolder worker = SocketHolder.start()) {
            server.listen();
            bed.restart();
            assertOwner(connection(far)).isThisProcess().by(LISTENER);
            server.close();
            assertOwner(connection(far)).isProcess(worker.pid()).by(LISTENER);
        }
    }
}
