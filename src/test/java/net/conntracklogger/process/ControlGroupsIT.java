// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnControlGroup;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlGroupsIT {
    private ControlGroups groups;

    @BeforeEach
    void open() throws IOException {
        groups = new ControlGroups(OwnControlGroup.SYS);
    }

    @AfterEach
    void close() {
        groups.close();
    }

    @Test
    void findsAGroupById() throws IOException {
        try (OwnControlGroup own = OwnControlGroup.create("found-")) {
            assertEquals(own.path(), groups.byId(own.id()).path());
        }
    }

    @Test
    void listsTheProcessesOfAGroup() throws IOException {
        try (OwnControlGroup own = OwnControlGroup.create("busy-");
                Child one = Child.start("sleep", "60");
                Child other = Child.start("sleep", "60")) {
            assertEquals(List.of(), processes(own, true));
            own.add(one.pid());
            own.add(other.pid());
            assertEquals(Set.of(one.pid(), other.pid()), new HashSet<>(processes(own, true)));
            assertEquals(1, processes(own, false).size(), "the visitor stops the visit");
        }
    }

    @Test
    void findsNoGroupThatIsGone() throws IOException {
        long id;
        try (OwnControlGroup own = OwnControlGroup.create("gone-")) {
            id = own.id();
        }
        assertNull(groups.byId(id));
    }

    @Test
    void cachesAGroup() throws IOException {
        String path;
        long id;
        try (OwnControlGroup own = OwnControlGroup.create("seen-")) {
            path = own.path();
            id = own.id();
            groups.byId(id);
        }
        assertEquals(path, groups.byId(id).path());
    }

    @Test
    void findsNoGroupForTheRoot() {
        assertNull(groups.byId(1));
        assertNull(groups.byId(0));
    }

    @Test
    void findsNoGroupWithoutTheUnifiedHierarchy(@TempDir Path empty) throws IOException {
        try (OwnControlGroup own = OwnControlGroup.create("unseen-");
                ControlGroups none = new ControlGroups(empty)) {
            assertNull(none.byId(own.id()));
        }
    }

    /** Lines as Debian 12 and 10 have them, and as this machine has. */
    @ParameterizedTest
    @CsvSource({
        "0::/init.scope, true",
        "1:name=systemd:/system.slice/cron.service|0::/system.slice/cron.service, false",
        "1:name=systemd:/|0::/, false",
        "4:memory:/x:name=systemd|0::/, true",
        "12:pids:/|0::/, true"
    })
    void knowsWhetherUnitsAreInTheUnifiedHierarchy(String lines, boolean unified, @TempDir Path proc)
            throws IOException {
        Path cgroup = Files.writeString(proc.resolve("cgroup"), lines.replace('|', '\n') + "\n");
        try (FileReader files = new FileReader()) {
            assertEquals(unified, ControlGroups.placesUnits(files, cgroup.toString()));
        }
    }

    /** Six names of 240 bytes that are not UTF-8: 1,446 bytes, which take 5,766 when they are escaped. */
    @Test
    void listsTheProcessesOfAGroupWhosePathIsTooLongOnceItIsEscaped() throws Exception {
        String name = "'" + "\\xff".repeat(240) + "'";
        String line = "d=$0; for i in 1 2 3 4 5 6; do d=$d/$(printf %b " + name
                + "); mkdir $d; done; echo $$ >$d/cgroup.procs; stat --format=%i $d; read -r; echo $$ >$0/cgroup.procs;"
                + " for i in 1 2 3 4 5 6; do rmdir $d; d=${d%/*}; done; echo removed; read -r";
        try (OwnControlGroup own = OwnControlGroup.create("deep-");
                Child inside = Child.start("bash", "-c", line, own.directory())) {
            long id = Long.parseLong(inside.output().next());
            assertTrue(groups.byId(id).path().length() > 4096);
            assertEquals(List.of(inside.pid()), processes(id, true));
            inside.say("\n");
            assertEquals("removed", inside.output().next());
        }
    }

    private List<Integer> processes(OwnControlGroup own, boolean all) throws IOException {
        return processes(own.id(), all);
    }

    private List<Integer> processes(long id, boolean all) {
        List<Integer> seen = new ArrayList<>();
        groups.visitProcesses(id, pid -> {
            seen.add(pid);
            return all;
        });
        return seen;
    }
}
