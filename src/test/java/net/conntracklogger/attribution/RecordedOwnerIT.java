// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.flow.Unattributed.AMBIGUOUS;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The owner of a flow by the record of its first packet. The process has ended before the event is attributed. */
@KernelTest
final class RecordedOwnerIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    @ParameterizedTest
    @EnumSource
    void isTheProcessThatSentADatagram(Family family, OwnNetwork far) throws Exception {
        EndedProcess initiator = EndedProcess.run("echo >/dev/udp/" + family.far() + "/9", "initiator");
        assertOwner(bed.next(OUTBOUND)).isProcess(initiator).by(BPF);
    }

    @Test
    void isTheProcessThatConnectedThoughItWasRefused(OwnNetwork far) throws Exception {
        EndedProcess client = EndedProcess.run("echo >/dev/tcp/" + FAR + "/9", "refused");
        assertOwner(bed.next(OUTBOUND)).isProcess(client).by(BPF);
    }

    /** The first argument of splice(2) is the pipe. */
    @Test
    void isTheProcessThatSplicedIntoASocketThatItInherited(OwnNetwork far) throws Exception {
        String child =
                "import os, sys; out, into = os.pipe(); os.write(into, b'x'); os.splice(out, int(sys.argv[1]), 1)";
        String parent = """
                import socket, subprocess, sys
                s = socket.socket(type=socket.SOCK_DGRAM)
                s.connect(('%s', 9))
                n = str(s.fileno())
                subprocess.run([sys.executable, '-c', sys.argv[1], n, 'spliced'], pass_fds=[s.fileno()], check=True)
                """.formatted(FAR);
        EndedProcess.python(parent, child);
        AttributedFlow flow = bed.next(OUTBOUND);
        assertOwner(flow).by(BPF);
        assertTrue(flow.owner().process().commandLine().toString().endsWith(" spliced"));
    }

    @Nested
    class IfTwoProcessesUseOneTuple {
        @Test
        void isEachProcessIfTheFirstEventIsReadBeforeTheSecondFlow() throws Exception {
            String program = "import socket; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4000));"
                    + " s.sendto(b'x', ('127.0.0.1', 9))";
            EndedProcess first = EndedProcess.python(program, "first");
            assertOwner(bed.next(LOCAL)).isProcess(first).by(BPF);
            Child.run("conntrack", "-F");
            bed.assertQuiet();
            EndedProcess second = EndedProcess.python(program, "second");
            assertOwner(bed.next(LOCAL)).isProcess(second).by(BPF);
        }

        /** The process that has the port now need not be the initiator. Its socket proves nothing. */
        @Test
        void isUnknownIfTheSecondFlowFollowsAtOnce() throws Exception {
            String program =
                    "import socket, sys; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(('127.0.0.1', 4001));"
                            + " s.connect(('127.0.0.1', 9)); s.send(b'x'); print('sent', flush=True); sys.stdin.read()";
            try (Child first = Child.python(program)) {
                assertEquals("sent", first.output().next());
            }
            Child.run("conntrack", "-F");
            try (Child second = Child.python(program)) {
                assertEquals("sent", second.output().next());
                assertOwner(bed.next(LOCAL)).isUnknown(AMBIGUOUS);
            }
        }

        /**
         * A program skips packets of a flow that it has just recorded for the socket's user. It must not skip those of
         * another user of the socket. Both take turns by pipes, so that each soon follows the other.
         */
        @Test
        void isUnknownIfAChildContinuesAllFlowsOfASocket(OwnNetwork far) throws Exception {
            int rounds = 8;
            String program = """
                    import os, socket
                    s = socket.socket(type=socket.SOCK_DGRAM)
                    s.bind(('%s', 4002))
                    to_child, to_parent = os.pipe(), os.pipe()
                    child = os.fork() == 0
                    for round in range(%d):
                        if child:
                            os.read(to_child[0], 1)
                        for port in (1, 2, 3) * 2:
                            s.sendto(b'x', ('%s', 100 * (round + 1) + port))
                        os.write((to_parent if child else to_child)[1], b'x')
                        if not child:
                            os.read(to_parent[0], 1)
                    """.formatted(NEAR, rounds, FAR);
            EndedProcess.python(program, "parent");
            for (int i = 0; i < 3 * rounds; i++) {
                assertOwner(bed.next(OUTBOUND)).isUnknown(AMBIGUOUS);
            }
        }
    }
}
