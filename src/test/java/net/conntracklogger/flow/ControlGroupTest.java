// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlGroupTest {

    /** The file says where its columns come from. */
    @ParameterizedTest
    @CsvFileSource(resources = "control-groups.csv", delimiter = '|', nullValues = "-")
    void saysWhatSystemdSays(
            String path,
            String unit,
            String userUnit,
            String slice,
            String session,
            Long ownerUid,
            String machine,
            String container) {
        ControlGroup group = ControlGroup.of(path);
        assertEquals(unit, group.unit());
        assertEquals(userUnit, group.userUnit());
        assertEquals(slice, group.slice());
        assertEquals(session, group.session());
        assertEquals(ownerUid == null ? -1 : ownerUid, group.ownerUid());
        assertEquals(machine, group.machine());
        assertEquals(container, group.container());
    }

    @Test
    void namesTheInnermostUnit() {
        assertEquals(
                "app-firefox-1.scope",
                ControlGroup.of("/user.slice/user-1.slice/user@1.service/app.slice/app-firefox-1.scope")
                        .service());
        assertEquals(
                "cron.service", ControlGroup.of("/system.slice/cron.service/x").service());
        assertNull(ControlGroup.of("/docker/x").service());
    }

    @Test
    void forgetsThatTheGroupIsGone() {
        assertEquals(
                "/system.slice/foo.service",
                ControlGroup.of("/system.slice/foo.service (deleted)").path());
    }

    /** Whoever has a group delegated to him may name groups in it as he likes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "//",
                "/ ",
                "/machine.slice/machine-\\x.scope",
                "/machine.slice/machine-\\xzz.scope",
                "/a.service\n0::/system.slice/ssh.service",
                "/\u202egnp.service",
                "/ (deleted)",
                "/lxc",
                "/lxc/",
                "/\0.service",
                "/_",
                "/@.@.service.service",
                "/user@.service/user@1.service/a.service"
            })
    void takesAnyName(String path) {
        ControlGroup group = ControlGroup.of(path);
        assertNull(group.userUnit());
        assertNull(group.container());
        assertEquals(-1, group.ownerUid());
    }
}
