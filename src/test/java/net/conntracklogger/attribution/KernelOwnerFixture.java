// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.Child;

/** With the programs in the kernel, and processes that have ended before anybody asks. */
abstract class KernelOwnerFixture extends AttributionFixture {
    private static final Path PROGRAMS = Path.of("target", "flow_owner.bpf.o");

    @Override
    protected Optional<BpfOwners> kernel(ProcessTable processes, ControlGroups groups, BootClock clock)
            throws IOException {
        return Optional.of(open(BpfOwners.load(
                Path.of("/proc"),
                PROGRAMS,
                new MapSizes(4096, 1024),
                processes,
                groups,
                clock,
                identities,
                /* commandLines= */ true)));
    }

    /** Runs a line of bash to its end; {@code mark} is its last argument. */
    protected static long runToItsEnd(String line, String mark) throws Exception {
        try (Child child = Child.start("bash", "-c", line, mark)) {
            child.await();
            return child.pid();
        }
    }

    protected static void assertIs(long pid, String mark, Owner owner) {
        assertNull(owner.reason(), owner.toString());
        assertEquals(OwnerSource.BPF, owner.source());
        assertEquals(pid, owner.process().pid());
        String commandLine = owner.process().commandLine().toString();
        assertTrue(commandLine.endsWith(" " + mark), commandLine);
        String ancestry = owner.process().ancestry().toString();
        String self = owner.process().comm().utf8() + "(" + pid + ") < java(" + SELF + ")";
        assertTrue(ancestry.startsWith(self), ancestry);
    }
}
