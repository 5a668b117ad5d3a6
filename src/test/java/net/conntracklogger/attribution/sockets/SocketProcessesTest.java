// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.OwnerSource.LISTENER;
import static net.conntracklogger.flow.OwnerSource.SOCK_DIAG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.identity.Identities;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.process.ProcFixture;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.ReadTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Holders of a socket in a /proc of files. */
class SocketProcessesTest {
    private static final int SERVICE = 28460;
    /** The parent in the recorded file of the service. */
    private static final int MANAGER = 28011;

    private static final int OTHER = 28461;
    private static final String SYSTEMD = "/usr/lib/systemd/systemd";
    private static final String OF_MANAGER = "/user.slice/user-1000.slice/user@1000.service/init.scope";
    private static final String OF_SERVICE = "/user.slice/user-1000.slice/user@1000.service/app.slice/a.service";
    private static final long INODE = 4711;
    private static final ReadTime ALWAYS = new ReadTime(Long.MAX_VALUE / 2, ReadTime.UNKNOWN);

    private static final DiagSocket ONE = socket(1, INODE);
    private static final DiagSocket TWO = socket(2, INODE + 1);

    @TempDir
    private Path root;

    @TempDir
    private Path noCgroups;

    private ProcFixture proc;
    private ProcessTable processes;
    private ControlGroups groups;
    private Identities identities;
    private SocketProcesses sockets;

    private static DiagSocket socket(long number, long inode) {
        return new DiagSocket(
                number,
                /* port= */ 53,
                inode,
                /* uid= */ 0,
                /* cgroupId= */ 0,
                /* listening= */ false,
                /* connected= */ false);
    }

    @BeforeEach
    void open() throws IOException {
        proc = new ProcFixture(root);
        processes = new ProcessTable(root, new BootClock(0), CommandLines.YES);
        groups = new ControlGroups(noCgroups);
        identities =
                new Identities(Path.of("/proc"), Path.of("/nonexistent"), Optional.empty(), /* leisure= */ () -> true);
        sockets = new SocketProcesses(processes, groups, identities);
        add(1, 0, SYSTEMD, "/init.scope");
    }

    @AfterEach
    void close() {
        identities.close();
        groups.close();
        processes.close();
    }

    /** Adds a process that holds sockets of these inodes. */
    private void add(int pid, int parent, String program, String cgroup, long... inodes) throws IOException {
        Path process = proc.add(pid, "curl");
        Path stat = process.resolve("stat");
        Files.writeString(stat, Files.readString(stat).replace(" " + MANAGER + " ", " " + parent + " "));
        Files.writeString(process.resolve("cgroup"), "0::" + cgroup + "\n");
        Files.createSymbolicLink(process.resolve("exe"), Path.of(program));
        Files.createSymbolicLink(Files.createDirectory(process.resolve("ns")).resolve("mnt"), Path.of("mnt:[1]"));
        Path descriptors = Files.createDirectory(process.resolve("fd"));
        for (int i = 0; i < inodes.length; i++) {
            Files.createSymbolicLink(descriptors.resolve(Integer.toString(i)), Path.of("socket:[" + inodes[i] + "]"));
        }
    }

    private Owner owner(OwnerSource source, DiagSocket... of) throws IOException {
        return sockets.owner(source, List.of(of), /* notBefore= */ 0, ALWAYS);
    }

    private void assertShared(Owner owner) {
        assertEquals(Unattributed.SHARED_SOCKET, owner.reason(), owner.toString());
        assertEquals(0, owner.uid());
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCK_DIAG", "LISTENER"})
    void areTheServiceThatAUsersServiceManagerPassedTheSocketTo(OwnerSource source) throws IOException {
        add(MANAGER, 1, SYSTEMD, OF_MANAGER, INODE);
        add(SERVICE, MANAGER, "/usr/bin/a", OF_SERVICE, INODE);
        assertEquals(SERVICE, owner(source, ONE).process().pid());
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCK_DIAG", "LISTENER"})
    void areTheServiceManagerAsLongAsItsChildRunsNoProgramOfItsOwn(OwnerSource source) throws IOException {
        add(MANAGER, 1, SYSTEMD, OF_MANAGER, INODE);
        add(SERVICE, MANAGER, SYSTEMD, OF_SERVICE, INODE);
        assertEquals(MANAGER, owner(source, ONE).process().pid());
    }

    @Test
    void areTheEldestOfThoseThatListen() throws IOException {
        add(MANAGER, 1, "/usr/bin/a", OF_SERVICE, INODE);
        add(SERVICE, MANAGER, "/usr/bin/a", OF_SERVICE, INODE);
        assertEquals(MANAGER, owner(LISTENER, ONE).process().pid());
    }

    @Test
    void areSeveralOfWhichEachCanHaveSent() throws IOException {
        add(MANAGER, 1, "/usr/bin/a", OF_SERVICE, INODE);
        add(SERVICE, MANAGER, "/usr/bin/a", OF_SERVICE, INODE);
        Owner owner = owner(SOCK_DIAG, ONE);
        assertShared(owner);
        assertEquals(OF_SERVICE, owner.cgroup().path());
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCK_DIAG", "LISTENER"})
    void areSeveralIfEachHoldsASocketOfThePort(OwnerSource source) throws IOException {
        add(SERVICE, 1, "/usr/bin/a", OF_SERVICE, INODE);
        add(OTHER, SERVICE, "/usr/bin/a", OF_SERVICE, INODE + 1);
        Owner owner = owner(source, ONE, TWO);
        assertShared(owner);
        assertEquals(OF_SERVICE, owner.cgroup().path());
    }

    @ParameterizedTest
    @EnumSource(names = {"SOCK_DIAG", "LISTENER"})
    void areOneIfItHoldsAllSocketsOfThePort(OwnerSource source) throws IOException {
        add(SERVICE, 1, "/usr/bin/a", OF_SERVICE, INODE, INODE + 1);
        assertEquals(SERVICE, owner(source, ONE, TWO).process().pid());
    }

    @Test
    void areNoneIfTheSocketHasNoHolder() throws IOException {
        assertEquals(Unattributed.PROCESS_GONE, owner(SOCK_DIAG, ONE).reason());
    }

    /** Bounds relative to the end of the clock tick of 10 ms in which the process started, and the newest process then. */
    @ParameterizedTest
    @CsvSource({
        "0, 0, true",
        "-1, 0, false",
        "-1, 28459, false",
        "-1, 28460, true",
        "-1, 29459, true",
        "-1, 29460, false",
        "-10000000, 28460, true",
        "-10000001, 28460, false"
    })
    void areTheProcessIfItCertainlyStartedBefore(long nanosLater, int newestPid, boolean named) throws IOException {
        add(SERVICE, 1, "/usr/bin/a", OF_SERVICE, INODE);
        long ticks = processes.stat(SERVICE).startTicks();
        ReadTime bound = new ReadTime(processes.clock().nanoTimeOfStart(ticks) + nanosLater, newestPid);
        Owner owner = sockets.owner(SOCK_DIAG, List.of(ONE), /* notBefore= */ 0, bound);
        assertEquals(named ? null : Unattributed.LATE, owner.reason());
        assertEquals(named, owner.process() != null);
    }

    @Test
    void areComparedWithTheNewestProcess() throws IOException {
        Files.writeString(root.resolve("loadavg"), "0.10 0.20 0.30 2/345 29001\n");
        assertEquals(29_001, processes.newestPid());
    }
}
