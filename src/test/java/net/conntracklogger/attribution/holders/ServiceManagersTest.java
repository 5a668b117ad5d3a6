// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ProcFixture;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.UnitPath;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceManagersTest {
    private static final int CHILD = 28460;
    /** The parent in the recorded file of the child. */
    private static final int MANAGER = 28011;

    private static final String SYSTEMD = "/usr/lib/systemd/systemd";
    private static final String HOST = "mnt:[4026531841]";
    private static final String ID = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1";
    private static final String USER = "/user.slice/user-1000.slice/user@1000.service";

    @TempDir
    private Path root;

    private ProcFixture proc;
    private ProcessTable processes;
    private ServiceManagers managers;

    @BeforeEach
    void open() throws IOException {
        proc = new ProcFixture(root);
        processes = new ProcessTable(root, new BootClock(0), CommandLines.YES);
        managers = new ServiceManagers(processes);
        add(1, "/init.scope", SYSTEMD, HOST);
    }

    @AfterEach
    void close() {
        processes.close();
    }

    private Path add(int pid, String cgroup, String program, String mounts) throws IOException {
        Path process = proc.add(pid, "curl");
        Files.writeString(process.resolve("cgroup"), "0::" + cgroup + "\n");
        Files.createSymbolicLink(Files.createDirectories(process.resolve("ns")).resolve("mnt"), Path.of(mounts));
        if (program != null) {
            Files.createSymbolicLink(process.resolve("exe"), Path.of(program));
        }
        return process;
    }

    private void setIds(Path process, String ids) throws IOException {
        Path status = process.resolve("status");
        Files.writeString(status, Files.readString(status).replaceAll("NSpid:.*", "NSpid:\t" + ids));
    }

    private boolean isManager(int pid) {
        return managers.is(pid, processes.controlGroup(pid));
    }

    @ParameterizedTest(name = "of a child that executes {1} in {0}: {2}")
    @CsvSource({
        "/init.scope, /usr/lib/systemd/systemd, true",
        "/user.slice/user-1000.slice/user@1000.service/init.scope, /usr/lib/systemd/systemd, true",
        "/init.scope, /usr/lib/systemd/systemd (deleted), true",
        "/init.scope, /usr/lib/systemd/systemd-executor, true",
        "/init.scope, , true",
        "/init.scope, /usr/lib/systemd/systemd-resolved, false",
        "/init.scope, /usr/sbin/sshd, false",
        "/system.slice/ssh.service, /usr/lib/systemd/systemd, false",
        "/user.slice/user-1000.slice/user@1000.service/x/init.scope, /usr/lib/systemd/systemd, false"
    })
    void haveForkedAChildUntilItExecutesTheProgramOfItsService(String cgroup, String program, boolean forked)
            throws IOException {
        add(CHILD, "/system.slice/x.service", program, HOST);
        add(MANAGER, cgroup, SYSTEMD, HOST);
        assertEquals(MANAGER, processes.stat(CHILD).parent());
        assertEquals(forked, managers.hasForked(CHILD));
        assertFalse(managers.hasForked(CHILD + 1));
    }

    @Test
    void haveNotForkedAProcessWhosePathIsNotUtf8() throws Exception {
        add(MANAGER, "/init.scope", SYSTEMD, HOST);
        Path child = add(CHILD, "/system.slice/x.service", null, HOST);
        Child.run("bash", "-c", "ln -s $'/opt/\\xff' " + child.resolve("exe"));
        assertFalse(managers.hasForked(CHILD));
    }

    @Nested
    class OnTheHost {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/init.scope",
                    USER + "/init.scope",
                    "/user@1000.service/init.scope",
                    "/capsules.slice/capsule@build.service/init.scope"
                })
        void areRecognisedByTheirCgroup(String cgroup) throws IOException {
            add(MANAGER, cgroup, SYSTEMD, HOST);
            assertTrue(isManager(MANAGER));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/",
                    "/system.slice/ssh.service",
                    "/system.slice/ssh.service/init.scope",
                    "/user.slice/user-1000.slice/init.scope",
                    "/user.slice/user-1000.slice/session-1.scope/init.scope",
                    USER + "/x/init.scope",
                    USER + "/app.slice/init.scope",
                    USER + "/app.slice/user@1000.service/init.scope",
                    USER + "/user@1000.service/init.scope",
                    USER + "/x/machine.slice/a.scope/payload/init.scope",
                    USER + "/user.slice/libpod-" + ID + ".scope/container/init.scope",
                    USER + "/docker-" + ID + ".scope/init.scope",
                    "/user.slice/user-1000.slice/user@x.service/init.scope",
                    "/user.slice/user-1000.slice/user@1000.service.d/init.scope"
                })
        void areNotRecognisedByANameThatAnybodyCanGive(String cgroup) throws IOException {
            setIds(add(MANAGER, cgroup, SYSTEMD, HOST), MANAGER + "\t1");
            assertFalse(isManager(MANAGER));
        }

        /** A container may nest its groups as deep as a path is long. A thread of 256 KiB stands for a deep stack. */
        @Test
        void areLookedForInAnyDepth() throws Exception {
            boolean[] decided = {false};
            Thread thread = new Thread(
                    null,
                    () -> {
                        managers.is(MANAGER, UnitPath.parse("/a.slice".repeat(510) + "/init.scope"));
                        decided[0] = true;
                    },
                    "shallow",
                    256 * 1024);
            thread.setUncaughtExceptionHandler((failed, failure) -> {});
            thread.start();
            thread.join();
            assertTrue(decided[0]);
        }

        @Test
        void areNotRecognisedWithoutACgroup() {
            assertFalse(managers.is(1, null));
        }

        @ParameterizedTest
        @CsvSource({
            "/init.scope, /usr/bin/python3",
            "/init.scope, /usr/lib/systemd/systemd-executor",
            "/user.slice/user-1000.slice/user@1000.service/init.scope, /usr/bin/python3",
            "/user.slice/user-1000.slice/user@1000.service/init.scope, /home/u/systemd",
            "/user.slice/user-1000.slice/user@1000.service/init.scope,"
        })
        void areNotRecognisedIfTheyRunAnotherProgram(String cgroup, String program) throws IOException {
            add(MANAGER, cgroup, program, HOST);
            assertFalse(isManager(MANAGER));
        }

        @Test
        void areRecognisedAfterAnUpdateOfTheirProgram() throws IOException {
            add(MANAGER, USER + "/init.scope", SYSTEMD + " (deleted)", HOST);
            assertTrue(isManager(MANAGER));
        }

        @Test
        void areNotRecognisedIfAnotherFileIsAtThePathOfTheirProgram() throws IOException {
            add(MANAGER, USER + "/init.scope", SYSTEMD, "mnt:[4026532999]");
            assertFalse(isManager(MANAGER));
        }
    }

    @Nested
    class InAContainer {
        private static final String PROGRAM = "/usr/lib/systemd/systemd";
        private static final String MOUNTS = "mnt:[4026532500]";

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/machine.slice/systemd-nspawn@a.service/payload/init.scope",
                    "/machine.slice/machine-a.scope/payload/init.scope",
                    "/machine.slice/machine-a.scope/init.scope",
                    "/system.slice/systemd-nspawn@a.service/payload/init.scope",
                    "/system.slice/docker-" + ID + ".scope/init.scope",
                    "/machine.slice/libpod-" + ID + ".scope/container/init.scope",
                    "/docker/" + ID + "/init.scope",
                    "/kubepods.slice/kubepods-burstable.slice/cri-containerd-" + ID + ".scope/init.scope",
                    "/lxc.payload.a/init.scope",
                    "/lxc/a/init.scope"
                })
        void areTheFirstProcess(String cgroup) throws IOException {
            Path first = add(MANAGER, cgroup, "/usr/sbin/init", MOUNTS);
            assertFalse(isManager(MANAGER), "not the first");
            setIds(first, MANAGER + "\t1");
            assertTrue(isManager(MANAGER));
            setIds(first, MANAGER + "\t11");
            assertFalse(isManager(MANAGER), "not the first");
        }

        @ParameterizedTest
        @CsvSource({
            "/user.slice/user-1000.slice/user@1000.service/init.scope, true",
            "/user.slice/user-1000.slice/user@1000.service/x/init.scope, false",
            "/system.slice/x.service/init.scope, false"
        })
        void areThoseOfItsUsers(String cgroup, boolean manager) throws IOException {
            String container = "/machine.slice/systemd-nspawn@a.service/payload";
            setIds(add(MANAGER, container + "/init.scope", PROGRAM, MOUNTS), MANAGER + "\t1");
            setIds(add(CHILD, container + cgroup, PROGRAM, MOUNTS), CHILD + "\t212");
            assertEquals(manager, isManager(CHILD));
        }
    }
}
