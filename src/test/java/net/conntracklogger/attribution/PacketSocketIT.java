// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.attribution.programs.ReportProgram;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Packet sockets, most of them of the network namespace of the test. */
@KernelTest
@SuppressWarnings("try") // A block holds a socket open without using it.
class PacketSocketIT {
    private static final String OPEN = "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW);";

    @RegisterExtension
    private final AttributionBed bed = AttributionBed.withBpf();

    /** Reads until a socket is found. */
    private List<PacketSocket> find() throws Exception {
        List<PacketSocket> found = new ArrayList<>();
        Wait.until("no packet socket", () -> {
            found.addAll(bed.attributor().packetSockets());
            return !found.isEmpty();
        });
        return found;
    }

    /** Not every kernel can trace its functions. */
    private void assumeRecorded() {
        assumeTrue(bed.records().programs().has(ReportProgram.PACKET_SOCKET_CREATED));
    }

    private static Child holder() throws IOException, InterruptedException {
        Child child = Child.python(OPEN + " print('open', flush=True); input()");
        child.output().next("open"::equals);
        return child;
    }

    /** The process has ended. */
    @Test
    void ofAProcessThatEndsAtOnceHasItsOwner() throws Exception {
        assumeRecorded();
        Child.run("python3", "-c", OPEN, "--dhcp");
        List<PacketSocket> found = find();
        assertEquals(1, found.size());
        ProcessInfo process = found.get(0).owner().process();
        assertEquals(OwnerSource.BPF, found.get(0).owner().source());
        assertEquals("python3", process.comm().toString());
        assertEquals("python3 -c \"" + OPEN + "\" --dhcp", process.commandLine().toString());
        assertNotNull(found.get(0).owner().cgroup());
    }

    @Test
    void isReportedOnceForAProgram() throws Exception {
        try (Child first = holder()) {
            assertEquals(1, find().size());
        }
        try (Child again = holder()) {
            for (int i = 0; i < 3; i++) {
                assertEquals(List.of(), bed.attributor().packetSockets());
                Thread.sleep(1100); // /proc is read once a second
            }
        }
    }

    @Test
    void thatIsOlderThanTheServiceHasItsHolder() throws Exception {
        try (Child holder = holder()) {
            bed.restart();
            PacketSocket found = find().get(0);
            assertEquals(OwnerSource.PROC, found.owner().source());
            assertEquals("python3", found.owner().process().comm().toString());
        }
    }

    @Test
    void ofAnotherNamespaceIsNotReported(OwnNetwork far) throws Exception {
        try (Child there = far.call(PacketSocketIT::holder);
                Child here = holder()) {
            List<PacketSocket> found = find();
            assertEquals(1, found.size());
            assertEquals(here.pid(), found.get(0).owner().process().pid());
        }
    }
}
