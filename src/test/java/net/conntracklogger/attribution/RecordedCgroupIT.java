// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.ByteBuffer;
import java.util.Optional;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnControlGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The cgroup of a process that has ended. */
@KernelTest
class RecordedCgroupIT {
    private static final String SEND = "import socket, sys; sys.stdin.readline();"
            + " s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 40000));"
            + " s.sendto(b'x', ('127.0.0.1', 9))";

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

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

    private ControlGroup cgroupOfSender(Optional<OwnControlGroup> group) throws Exception {
        try (Child sender = Child.python(SEND)) {
            if (group.isPresent()) {
                group.get().add(sender.pid());
            }
            sender.say("\n");
            sender.await();
            FlowTuple tuple = new FlowTuple(address(), address(), Protocol.UDP, new Layer4.Ports(40_000, 9));
            RecordLookup lookup = bed.records().records().initiator(tuple, /* hostNamespace= */ true, 0, true);
            return assertInstanceOf(RecordLookup.Found.class, lookup).owner().cgroup();
        }
    }

    private static IpAddress address() {
        return IpAddress.read(ByteBuffer.wrap(new byte[] {127, 0, 0, 1}), 0, /* v6= */ false);
    }
}
