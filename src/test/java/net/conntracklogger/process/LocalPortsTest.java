// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalPortsTest {
    @TempDir
    private Path proc;

    @Test
    void readsTheRange() throws IOException {
        Path directory = Files.createDirectories(proc.resolve("sys/net/ipv4"));
        Files.writeString(directory.resolve("ip_local_port_range"), "32768\t60999\n");
        LocalPorts ports = LocalPorts.anonymous(proc);
        assertEquals(new LocalPorts(32768, 60999), ports);
        assertTrue(ports.contains(32768) && ports.contains(60999));
        assertFalse(ports.contains(32767) || ports.contains(61000));
    }

    @Test
    void namesTheFileThatItCannotRead() {
        LinuxException failure = assertThrows(LinuxException.class, () -> LocalPorts.anonymous(proc));
        assertTrue(failure.getMessage().startsWith("cannot read " + proc), failure.getMessage());
    }
}
