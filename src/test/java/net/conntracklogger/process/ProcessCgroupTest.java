// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessCgroupTest {

    @Test
    void prefersTheUnifiedHierarchy() {
        assertEquals("/user.slice/x", path("1:name=systemd:/y\n0::/user.slice/x\n"));
        assertEquals("/user.slice/x", path("0::/user.slice/x\n"));
        assertEquals("/", path("0::/\n"));
    }

    @Test
    void usesTheHierarchyOfSystemdOnAnOldHost() {
        assertEquals("/system.slice/cron.service", path("""
                12:cpu,cpuacct:/system.slice
                4:memory:/system.slice/cron.service
                1:name=systemd:/system.slice/cron.service
                0::/
                """));
        assertEquals("/user.slice", path("4:memory:/\n1:name=systemd:/user.slice\n"));
    }

    @Test
    void parsesAPathWithColons() {
        assertEquals("/real", path("1:name=systemd:/real\n5:cpu:/x:name=systemd:/fake\n0::/\n"));
        assertEquals("/a:b:/c", path("0::/a:b:/c\n"));
    }

    @Test
    void escapesAPathThatIsNotUtf8() {
        assertEquals("/ü日", path("0::/ü日\n"));
        byte[] content = "0::/a\u00ffb\n".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals("/a\\xffb", ProcessCgroup.parse(content).path());
    }

    @Test
    void dropsTheMarkOfADeletedGroup() {
        assertEquals("/system.slice/foo.service", path("0::/system.slice/foo.service (deleted)\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense\n", "4:memory:/\n", "0::/../x\n"})
    void returnsNullIfTheGroupIsUnknown(String text) {
        assertNull(ProcessCgroup.parse(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String path(String text) {
        return ProcessCgroup.parse(text.getBytes(StandardCharsets.UTF_8)).path();
    }
}
