// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessTableTest {
    /** 2026-11-23 16:39:14 UTC, when ps(1) said that the recorded processes started. */
    private static final long SECOND = 1_795_451_954L;

    private static final long CURL_START = 396_864;
    private static final long CURL_STACK = 140_721_511_211_104L;

    @TempDir
    private Path root;

    private ProcFixture proc;
    private ProcessTable table;

    @BeforeEach
    void open() throws IOException {
        proc = new ProcFixture(root);
        table = new ProcessTable(root, new BootClock(ProcFixture.BOOT), CommandLines.YES);
    }

    @AfterEach
    void close() {
        table.close();
    }

    /** As if the process had its memory wait for a file system of its user: a FIFO that nobody opens for writing. */
    @Test
    void hasNoCommandLineIfTheMemoryOfTheProcessDoesNotAnswer() throws Exception {
        Path hanging = proc.add(1, "curl");
        proc.add(2, "curl");
        Files.delete(hanging.resolve("cmdline"));
        Child.run("mkfifo", hanging.resolve("cmdline").toString());
        Files.writeString(hanging.resolve("loginuid"), "4321");
        try {
            for (int i = 0; i < 100; i++) {
                ProcessInfo process = table.read(1, table.stat(1));
                assertEquals(4321, process.loginUid());
                assertNull(process.commandLine());
                assertNotNull(table.read(2, table.stat(2)).commandLine());
            }
            assertEquals(100, table.withoutCommandLine());
            assertTrue(table.isSilent());
        } finally {
            // Wakes the thread that reads.
            Child.run("bash", "-c", ": >" + hanging.resolve("cmdline"));
        }
    }

    @Test
    void readsAProcess() throws IOException {
        Files.createSymbolicLink(proc.add(28460, "curl").resolve("exe"), Path.of("/usr/bin/curl"));
        Files.writeString(root.resolve("28460/loginuid"), "1000");
        ProcessStat stat = table.stat(28460);
        assertEquals(new ProcessStat(RawText.of("curl"), 28011, CURL_START, CURL_STACK), stat);
        ProcessInfo expected = new ProcessInfo(
                28460,
                SECOND * 1_000_000 + 640_000,
                0,
                0,
                0,
                RawText.of("curl"),
                RawText.of("/usr/bin/curl"),
                PrintableText.of("curl -s --max-time 20 \"http://192.0.2.1/a?q=\\\"x\\\"\""),
                28011,
                1000,
                null);
        assertEquals(expected, table.read(28460, stat));
    }

    @Test
    void returnsNullForAnotherProcessWithTheId() throws IOException {
        proc.add(28460, "curl");
        ProcessStat before = table.stat(28460);
        proc.add(28460, "zombie");
        assertNull(table.read(28460, before));
    }

    @Test
    void returnsNullForAProcessThatIsGone() {
        assertNull(table.read(28460, new ProcessStat(RawText.of("curl"), 28011, CURL_START, CURL_STACK)));
        assertNull(table.stat(28460));
        assertNull(table.controlGroup(28460));
        assertEquals(ProcessTable.NONE, table.descriptorOf(28460, 1));
        assertFalse(table.holds(28460, 3, 1));
    }

    @Test
    void readsAProcessWithAHostileName() throws IOException {
        ProcessInfo process = read(28461, "hostile");
        assertEquals(RawText.of("a) R 1 (b\nc"), process.comm());
        assertEquals(28011, process.parent());
        assertEquals(SECOND, process.start() / 1_000_000);
        String line = process.commandLine().toString();
        assertTrue(line.endsWith(" \"\\033[2J\" \"line\\nbreak\" \"\\377\\376\" \"\" --end"), line);
    }

    @Test
    void readsAProcessWithoutAName() throws IOException {
        ProcessInfo process = read(28473, "nameless");
        assertTrue(process.comm().isEmpty());
        assertEquals(28011, process.parent());
        assertEquals(65534, process.uid());
        assertEquals(65534, process.gid());
        assertEquals(ProcessInfo.UNKNOWN_ID, process.loginUid());
    }

    @Test
    void readsAKernelThread() throws IOException {
        ProcessInfo process = read(2, "kthreadd");
        assertEquals(RawText.of("kthreadd"), process.comm());
        assertNull(process.commandLine());
        assertNull(process.exe());
        assertEquals(0, process.parent());
    }

    @Test
    void readsAProcessThatHasEnded() throws IOException {
        ProcessInfo process = read(28522, "zombie");
        assertEquals(RawText.of("python3"), process.comm());
        assertNull(process.commandLine());
    }

    @Test
    void readsAnEmptyFirstArgument() throws IOException {
        assertEquals("\"\" 30", read(28510, "no-argument-zero").commandLine().toString());
    }

    @Test
    void keepsBothEndsOfALongCommandLine() throws IOException {
        String line = read(28517, "long").commandLine().toString();
        assertTrue(line.startsWith("/usr/bin/python3 -c \"import time;time.sleep(30)\" äää"), line);
        assertTrue(line.matches(".*ä … ä+"), line);
    }

    /** Beyond 128 KiB the arguments are not read. */
    @ParameterizedTest
    @CsvSource({"130000, a b* … b* end", "131064, a b* … b* end", "131065, a b* …", "9000000, a b* …"})
    void readsUpTo128KiBOfACommandLine(int length, String expected) throws IOException {
        proc.add(28460, "curl");
        Files.writeString(root.resolve("28460/cmdline"), "a\0" + "b".repeat(length) + "\0end\0");
        String line = table.read(28460, table.stat(28460)).commandLine().toString();
        assertTrue(line.strip().matches(expected), () -> line.substring(line.length() - 20));
        assertEquals(PrintableText.MAX_LENGTH, line.getBytes(StandardCharsets.UTF_8).length);
    }

    @Test
    void readsNoCommandLinesUnlessToldTo() throws IOException {
        proc.add(28460, "curl");
        try (ProcessTable discreet = new ProcessTable(root, new BootClock(ProcFixture.BOOT), CommandLines.NO)) {
            assertNull(discreet.read(28460, discreet.stat(28460)).commandLine());
        }
    }

    private ProcessInfo read(int pid, String process) throws IOException {
        proc.add(pid, process);
        return table.read(pid, table.stat(pid));
    }

    @Test
    void visitsProcessesOnly() throws IOException {
        for (String name : new String[] {"1", "4194304", "acpi", "self", "7x", "x7"}) {
            Files.createDirectory(root.resolve(name));
        }
        Set<Integer> pids = new TreeSet<>();
        table.visit(pids::add);
        assertEquals(Set.of(1, 4194304), pids);
        List<Integer> first = new ArrayList<>();
        table.visit(pid -> {
            first.add(pid);
            return false;
        });
        assertEquals(1, first.size());
    }

    @Test
    void findsTheDescriptorOfASocket() throws IOException {
        Path fds = Files.createDirectories(root.resolve("7/fd"));
        Files.createSymbolicLink(fds.resolve("0"), Path.of("/dev/null"));
        Files.createSymbolicLink(fds.resolve("3"), Path.of("socket:[4294967295]"));
        Files.createSymbolicLink(fds.resolve("4"), Path.of("pipe:[77]"));
        Files.createSymbolicLink(fds.resolve("5"), Path.of("socket:[7]"));
        assertEquals(3, table.descriptorOf(7, 4294967295L));
        assertEquals(5, table.descriptorOf(7, 7));
        assertEquals(ProcessTable.NONE, table.descriptorOf(7, 77));
        assertEquals(ProcessTable.NONE, table.descriptorOf(7, 429496729));
        assertTrue(table.holds(7, 5, 7));
        assertFalse(table.holds(7, 3, 7));
        assertFalse(table.holds(7, 6, 7));
    }

    @Test
    void readsTheControlGroupOfAProcess() throws IOException {
        Files.createDirectory(root.resolve("7"));
        Files.writeString(root.resolve("7/cgroup"), "0::/system.slice/cron.service\n");
        assertEquals("cron.service", table.controlGroup(7).unit());
    }

    @Test
    void distinguishesAPidNamespaceBelow() throws IOException {
        proc.add(28460, "curl");
        assertTrue(table.isInOwnPidNamespace(28460));
        Path status = root.resolve("28460/status");
        Files.writeString(status, Files.readString(status).replace("NSpid:\t28460\n", "NSpid:\t28460\t1\n"));
        assertFalse(table.isInOwnPidNamespace(28460));
        assertFalse(table.isInOwnPidNamespace(7), "it is gone");
    }
}
