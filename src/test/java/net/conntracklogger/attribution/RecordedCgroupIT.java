// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.InOwnNetwork;
import net.conntracklogger.testbed.OwnControlGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cgroup of a process that has ended. */
@ExtendWith(InOwnNetwork.class)
class RecordedCgroupIT {
    private static final String SEND = "import socket, sys; sys.stdin.readline();"
            + " s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 40000));"
            + " s.sendto(b'x', ('127.0.0.1', 9))";

    @Test
    void isThatOfTheUnifiedHierarchy() throws Exception {
        try (OwnControlGroup group = OwnControlGroup.create("recorded-")) {
            assertEquals(group.path(), cgroupOfSender(Optional.of(group)).path());
        }
    }

    @Test
    void isUnknownInTheRootOfAHierarchyThatSystemdDoesNotUse() throws Exception {
        try (ControlGroups groups = new ControlGroups(OwnControlGroup.SYS)) {
            assumeFalse(groups.placesUnits(), "systemd uses the unified hierarchy");
        }
        assertNull(cgroupOfSender(Optional.empty()));
    }

    private static ControlGroup cgroupOfSender(Optional<OwnControlGroup> group) throws Exception {
        Path proc = Path.of("/proc");
        BootClock clock = new BootClock(0);
        try (ProcessTable processes = new ProcessTable(proc, clock, true);
                ControlGroups groups = new ControlGroups(OwnControlGroup.SYS);
                Identities identities =
                        new Identities(proc, Path.of("/nonexistent"), Optional.empty(), /* leisure= */ () -> true);
                BpfOwners owners = BpfOwners.load(
                        proc,
                        Path.of("target", "flow_owner.bpf.o"),
                        new MapSizes(4096, 1024),
                        processes,
                        groups,
                        clock,
                        identities,
                        /* commandLines= */ true);
                Child sender = Child.start("python3", "-c", SEND)) {
            if (group.isPresent()) {
                group.get().add(sender.pid());
            }
            sender.say("\n");
            sender.await();
            FlowTuple tuple = new FlowTuple(address(), address(), Protocol.UDP, new Layer4.Ports(40_000, 9));
            RecordLookup lookup = owners.records().initiator(tuple, /* hostNamespace= */ true, 0, true);
            return assertInstanceOf(RecordLookup.Found.class, lookup).owner().cgroup();
        }
    }

    private static IpAddress address() {
        return IpAddress.read(ByteBuffer.wrap(new byte[] {127, 0, 0, 1}), 0, /* v6= */ false);
    }
}
