// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ImageId;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hashes a program that the test may change, on the file system of the build. */
class ExecutableDigestsIT {
    private static final Path PROC = Path.of("/proc");

    @TempDir(factory = BesideTheBuild.class)
    private Path directory;

    private Path program;
    private ProcessTable processes;
    private ExecutableDigests digests;
    private int images;

    @BeforeEach
    void open() throws IOException {
        program = directory.resolve("program");
        Files.copy(Path.of("/bin/sleep"), program);
        processes = new ProcessTable(PROC, new BootClock(0), CommandLines.NO);
        digests = new ExecutableDigests(new ProcessTable(PROC, new BootClock(0), CommandLines.NO));
    }

    @AfterEach
    void close() {
        processes.close();
        digests.close();
    }

    @Test
    void hashesARunningExecutable() throws Exception {
        try (Child child = start()) {
            assertEquals(sha256(program), digests.find(run(child)));
        }
    }

    @Test
    void hashesADeletedExecutable() throws Exception {
        String digest = sha256(program);
        try (Child child = start()) {
            ExecutableDigests.Run run = run(child);
            Files.delete(program);
            assertEquals(digest, digests.find(run));
        }
    }

    /** An upgrade of a package gives the name to another file. */
    @Test
    void hashesAReplacedExecutable() throws Exception {
        String digest = sha256(program);
        try (Child child = start()) {
            ExecutableDigests.Run run = run(child);
            Files.copy(Path.of("/bin/true"), directory.resolve("new"));
            Files.move(directory.resolve("new"), program, StandardCopyOption.REPLACE_EXISTING);
            assertEquals(digest, digests.find(run));
        }
    }

    @Test
    void hashesTheUnchangedFileOfAnEndedProcess() throws Exception {
        ExecutableDigests.Run run = ended(Path.of("/bin/sleep"));
        assumeKeepsTimes(Path.of("/bin/sleep"));
        assertEquals(sha256(Path.of("/bin/sleep")), digests.find(run));
    }

    /** A change between flow and lookup could leave the times of such a file as they are. */
    @Test
    void rejectsAFileThatIsTooYoung() throws Exception {
        assertUnknown(ended(program));
    }

    @Test
    void rejectsAFileThatWasWrittenSince() throws Exception {
        ExecutableDigests.Run run = endedOnceOld();
        Files.write(program, new byte[] {0}, StandardOpenOption.APPEND);
        assertUnknown(run);
    }

    /** The program set back the times that it can set. */
    @Test
    void doesNotTrustTimesThatAProgramCanSet() throws Exception {
        ExecutableDigests.Run run = endedOnceOld();
        var modified = Files.getLastModifiedTime(program);
        try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "rw")) {
            file.write('#');
        }
        Files.setLastModifiedTime(program, modified);
        assertUnknown(run);
    }

    @Test
    void rejectsAnotherFileOfThatName() throws Exception {
        ExecutableDigests.Run run = endedOnceOld();
        Files.move(program, directory.resolve("old"));
        Files.copy(Path.of("/bin/sleep"), program);
        assertUnknown(run);
    }

    @Test
    void rejectsAFileOnATemporaryFileSystem() throws Exception {
        Path memory = Files.createTempFile(Path.of("/dev/shm"), "program", "");
        try {
            Files.copy(Path.of("/bin/sleep"), memory, StandardCopyOption.REPLACE_EXISTING);
            assertEquals(true, memory.toFile().setExecutable(true));
            grow(memory);
            try (Child child = Child.start(memory.toString(), "60")) {
                awaitExec(child, memory);
                assertEquals(sha256(memory), digests.find(run(child)), "while it runs it cannot be written");
            }
            assertUnknown(ended(memory));
        } finally {
            Files.delete(memory);
        }
    }

    @Test
    void rejectsAFileThatIsGone() throws Exception {
        ExecutableDigests.Run run = endedOnceOld();
        Files.delete(program);
        assertUnknown(run);
    }

    /** The pid belongs to another process by now. */
    @Test
    void rejectsAnotherProcess() throws Exception {
        ExecutableDigests.Run run = ended(program);
        try (Child other = Child.start("sleep", "60")) {
            awaitExec(other, Path.of("/bin/sleep"));
            assertUnknown(new ExecutableDigests.Run(
                    run.image(),
                    other.pid(),
                    processes.stat(other.pid()).startTicks(),
                    null,
                    run.device(),
                    run.inode(),
                    run.seen()));
            assertUnknown(new ExecutableDigests.Run(
                    run.image(), other.pid(), run.startTicks() - 1, null, run.device(), run.inode(), run.seen()));
        }
    }

    @Test
    void rejectsALargeFile() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "rw")) {
            file.setLength((256 << 20) + 1);
        }
        try (Child child = start()) {
            assertUnknown(run(child));
        }
    }

    /** A hashed file is read again only if its status has changed. */
    @Test
    void hashesAChangedFileAgain() throws Exception {
        String before = sha256(program);
        try (Child child = start()) {
            assertEquals(before, digests.find(run(child)));
        }
        try (RandomAccessFile file = new RandomAccessFile(program.toFile(), "rw")) {
            file.seek(file.length());
            file.write('#');
        }
        try (Child child = start()) {
            assertEquals(sha256(program), digests.find(run(child)));
        }
    }

    private void assertUnknown(ExecutableDigests.Run run) {
        assertThrows(IOException.class, () -> digests.find(run));
    }

    private Child start() throws Exception {
        Child child = Child.start(program.toString(), "60");
        awaitExec(child, program);
        return child;
    }

    /** Waits until the child, which begins as setpriv, runs the program. */
    private static void awaitExec(Child child, Path program) throws IOException {
        Path link = PROC.resolve(Integer.toString(child.pid())).resolve("exe");
        while (!Files.readSymbolicLink(link).equals(program.toRealPath())) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private ExecutableDigests.Run run(Child child) throws IOException {
        String link = processes.executable(child.pid());
        String path = Files.readSymbolicLink(Path.of(link)).toString();
        try (OpenExecutable file = OpenExecutable.open(link)) {
            var status = file.status();
            return new ExecutableDigests.Run(
                    new ImageId(images++, child.pid(), 0, 0),
                    child.pid(),
                    processes.stat(child.pid()).startTicks(),
                    RawText.of(path),
                    status.device(),
                    status.inode(),
                    System.nanoTime());
        }
    }

    private ExecutableDigests.Run ended(Path executable) throws Exception {
        try (Child child = Child.start(executable.toString(), "60")) {
            awaitExec(child, executable);
            return run(child);
        }
    }

    /** Returns an ended process whose file is accepted unless the test changes it. */
    private ExecutableDigests.Run endedOnceOld() throws Exception {
        assumeKeepsTimes(program);
        grow(program);
        ExecutableDigests.Run run = ended(program);
        assertEquals(sha256(program), digests.find(run));
        return run;
    }

    /** Waits until the times of the file are old enough. */
    private static void grow(Path file) throws IOException {
        long changed = ((java.nio.file.attribute.FileTime) Files.getAttribute(file, "unix:ctime")).toMillis();
        while (System.currentTimeMillis() <= changed + TimeUnit.SECONDS.toMillis(2)) {
            LockSupport.parkNanos(10_000_000);
        }
    }

    private static void assumeKeepsTimes(Path file) throws IOException {
        try (OpenExecutable open = OpenExecutable.open(file.toString())) {
            assumeTrue(open.keepsTimes(), "the build is on a file system whose times are not reliable");
        }
    }

    private static String sha256(Path file) throws Exception {
        return Child.run("sha256sum", file.toString()).substring(0, 64);
    }
}
