// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import net.conntracklogger.flow.ControlGroup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitPathTest {

    /** The file names the source of its columns. */
    @ParameterizedTest
    @CsvFileSource(resources = "unit-paths.csv", delimiter = '|', nullValues = "-")
    void parsesAPathAsSystemdDoes(
            String path,
            String unit,
            String userUnit,
            String slice,
            String session,
            Long ownerUid,
            String machine,
            String container) {
        ControlGroup group = UnitPath.parse(path);
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
                UnitPath.parse("/user.slice/user-1.slice/user@1.service/app.slice/app-firefox-1.scope")
                        .service());
        assertEquals(
                "cron.service", UnitPath.parse("/system.slice/cron.service/x").service());
        assertNull(UnitPath.parse("/docker/x").service());
    }

    @Test
    void takesNoNameForTheMarkOfADeletedGroupIfThePathHasNone() {
        ControlGroup group = UnitPath.parse("/user.slice/user-1.slice/user@1.service/bank.service (deleted)");
        assertEquals("/user.slice/user-1.slice/user@1.service/bank.service (deleted)", group.path());
        assertNull(group.userUnit());
    }

    /** The user of a delegated group may give groups in it any name. */
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
    void parsesAnyName(String path) {
        ControlGroup group = UnitPath.parse(path);
        assertNull(group.userUnit());
        assertNull(group.container());
        assertEquals(-1, group.ownerUid());
    }
}
