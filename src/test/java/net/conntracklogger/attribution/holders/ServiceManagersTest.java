// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ProcFixture;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceManagersTest {
    private static final int CHILD = 28460;
    /** The parent in the recorded file of the child. */
    private static final int MANAGER = 28011;

    @TempDir
    private Path root;

    @ParameterizedTest(name = "of a child that executes {1} in {0}: {2}")
    @CsvSource({
        "/init.scope, /usr/lib/systemd/systemd, true",
        "/user.slice/user-1000.slice/user@1000.service/init.scope, /usr/lib/systemd/systemd, true",
        "/init.scope, /usr/lib/systemd/systemd (deleted), true",
        "/init.scope, /usr/lib/systemd/systemd-executor, true",
        "/init.scope, , true",
        "/init.scope, /usr/lib/systemd/systemd-resolved, false",
        "/init.scope, /usr/sbin/sshd, false",
        "/system.slice/ssh.service, /usr/lib/systemd/systemd, false"
    })
    void haveForkedAChildUntilItExecutesTheProgramOfItsService(String cgroup, String program, boolean forked)
            throws IOException {
        ProcFixture proc = new ProcFixture(root);
        Path child = proc.add(CHILD, "curl");
        if (program != null) {
            Files.createSymbolicLink(child.resolve("exe"), Path.of(program));
        }
        Path parent = proc.add(MANAGER, "curl");
        Files.createSymbolicLink(parent.resolve("exe"), Path.of("/usr/lib/systemd/systemd"));
        Files.writeString(parent.resolve("cgroup"), "0::" + cgroup + "\n");
        try (ProcessTable processes = new ProcessTable(root, new BootClock(0), true)) {
            assertEquals(MANAGER, processes.stat(CHILD).parent());
            assertEquals(forked, new ServiceManagers(processes).hasForked(CHILD));
            assertFalse(new ServiceManagers(processes).hasForked(CHILD + 1));
        }
    }

    @Test
    void areRecognisedByTheirCgroup() {
        assertTrue(ServiceManagers.is(UnitPath.parse("/init.scope")));
        assertFalse(ServiceManagers.is(UnitPath.parse("/system.slice/ssh.service")));
        assertFalse(ServiceManagers.is(null));
    }
}
