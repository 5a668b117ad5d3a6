// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConntrackSysctlsTest {
    @TempDir
    private Path directory;

    private ConntrackSysctls sysctls;

    @BeforeEach
    void open() throws IOException {
        write(ConntrackSysctls.ACCOUNTING, "0");
        write(ConntrackSysctls.EVENTS, "2");
        sysctls = new ConntrackSysctls(directory, Optional.empty());
    }

    @Test
    void setsAndRestores() throws IOException {
        assertTrue(sysctls.switchOn(ConntrackSysctls.ACCOUNTING, List.of("0")));
        assertEquals("1", read(ConntrackSysctls.ACCOUNTING));
        assertEquals(List.of("nf_conntrack_acct=1 (was 0)"), sysctls.changes());
        sysctls.close();
        assertEquals("0", read(ConntrackSysctls.ACCOUNTING));
    }

    @Test
    void leavesOtherValuesAlone() throws IOException {
        assertTrue(sysctls.switchOn(ConntrackSysctls.EVENTS, List.of("0")));
        assertEquals("2", read(ConntrackSysctls.EVENTS));
        assertEquals(List.of(), sysctls.changes());
        assertEquals(List.of(), sysctls.failures());
    }

    @Test
    void restoresEachToItsOwnValue() throws IOException {
        sysctls.switchOn(ConntrackSysctls.EVENTS, List.of("0", "2"));
        sysctls.switchOn(ConntrackSysctls.ACCOUNTING, List.of("0"));
        assertEquals(List.of("nf_conntrack_events=1 (was 2)", "nf_conntrack_acct=1 (was 0)"), sysctls.changes());
        sysctls.close();
        assertEquals("2", read(ConntrackSysctls.EVENTS));
        assertEquals("0", read(ConntrackSysctls.ACCOUNTING));
    }

    @Test
    void doesNotRestoreWhatSomebodyElseChanged() throws IOException {
        sysctls.switchOn(ConntrackSysctls.EVENTS, List.of("2"));
        write(ConntrackSysctls.EVENTS, "0");
        sysctls.close();
        assertEquals("0", read(ConntrackSysctls.EVENTS));
    }

    @Test
    void restoresOnce() throws IOException {
        sysctls.switchOn(ConntrackSysctls.ACCOUNTING, List.of("0"));
        sysctls.close();
        write(ConntrackSysctls.ACCOUNTING, "1");
        sysctls.close();
        assertEquals("1", read(ConntrackSysctls.ACCOUNTING));
    }

    /** The first that is restored is the last that was set. */
    @Test
    void restoresTheOthersIfOneCannotBeRestored() throws IOException {
        sysctls.switchOn(ConntrackSysctls.ACCOUNTING, List.of("0"));
        sysctls.switchOn(ConntrackSysctls.EVENTS, List.of("2"));
        Files.delete(directory.resolve(ConntrackSysctls.EVENTS));
        IOException failure = assertThrows(IOException.class, sysctls::close);
        assertEquals(
                "cannot restore " + directory + "/nf_conntrack_events to 2: the kernel has no such sysctl here; "
                        + "is the module nf_conntrack loaded?",
                failure.getMessage());
        assertEquals("0", read(ConntrackSysctls.ACCOUNTING));
    }

    @Test
    void storesTheFormerValueForAnotherProcessToRestore() throws IOException {
        Path stored = directory.resolve("run/sysctls");
        sysctls = new ConntrackSysctls(directory, Optional.of(stored));
        sysctls.switchOn(ConntrackSysctls.EVENTS, List.of("2"));
        sysctls.switchOn(ConntrackSysctls.ACCOUNTING, List.of("2"));
        sysctls.close();
        assertEquals("1", read(ConntrackSysctls.EVENTS));
        assertEquals("2\n", Files.readString(stored.resolve(ConntrackSysctls.EVENTS)));
        assertFalse(Files.exists(stored.resolve(ConntrackSysctls.ACCOUNTING)), "it was not set");
    }

    /** The service was killed, and systemd has started it again. */
    @Test
    void keepsAStoredValueIfTheSysctlIsStillSet() throws IOException {
        Path stored = directory.resolve("sysctls");
        new ConntrackSysctls(directory, Optional.of(stored)).switchOn(ConntrackSysctls.EVENTS, List.of("0", "2"));
        new ConntrackSysctls(directory, Optional.of(stored)).switchOn(ConntrackSysctls.EVENTS, List.of("0", "2"));
        assertEquals("2\n", Files.readString(stored.resolve(ConntrackSysctls.EVENTS)));
    }

    @Test
    void saysWhyItCannotSet() throws IOException {
        assertFalse(sysctls.switchOn(ConntrackSysctls.TIMESTAMP, List.of("0")));
        assertEquals(
                List.of("cannot set " + directory + "/nf_conntrack_timestamp to 1: the kernel has no such sysctl here; "
                        + "is the module nf_conntrack loaded?"),
                sysctls.failures());
        assertEquals(List.of(), sysctls.changes());
        sysctls.close();
    }

    private void write(String name, String value) throws IOException {
        Files.writeString(directory.resolve(name), value + "\n");
    }

    private String read(String name) throws IOException {
        return Files.readString(directory.resolve(name)).strip();
    }
}
