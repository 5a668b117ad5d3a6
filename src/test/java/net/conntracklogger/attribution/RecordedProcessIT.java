// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.identity.OpenExecutable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is logged of a process that the BPF programs recorded: executable, digest, user. */
@KernelTest
final class RecordedProcessIT {
    private static final Path BASH = Path.of("/bin/bash");
    private static final String SEND = "echo >/dev/udp/" + FAR + "/9";

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    private static void runToItsEnd(Child process) throws InterruptedException {
        try (process) {
            process.await();
        }
    }

    @Nested
    class Executable {
        /** As {@code /proc/PID/exe} reads, which is gone with the process. */
        @Test
        void isMarkedDeletedIfItsFileIsRemoved(@TempDir Path directory, OwnNetwork far) throws Exception {
            Path program = Files.copy(BASH, directory.resolve("program"));
            runToItsEnd(Child.start(program.toString(), "-c", "rm " + program + "; " + SEND));
            assertOwner(bed.next(OUTBOUND)).hasExecutable(program + " (deleted)");
        }

        /** A package upgrade removes files of programs that have used sockets before. */
        @Test
        void isMarkedDeletedOnceItsFileIsRemoved(@TempDir Path directory, OwnNetwork far) throws Exception {
            Path program = Files.copy(BASH, directory.resolve("program"));
            String line = "while read port; do echo >/dev/udp/" + FAR + "/$port; done";
            try (Child child = Child.start(program.toString(), "-c", line)) {
                child.say("9\n");
                assertOwner(bed.next(OUTBOUND)).hasExecutable(program.toString());
                Files.delete(program);
                child.say("10\n");
                assertOwner(bed.next(OUTBOUND))
                        .hasExecutable(program + " (deleted)")
                        .hasExecutable(link(child));
            }
        }

        /** By rename(2), within its directory and out of it. */
        @Test
        void isThatOfTheFlowIfItsFileIsRenamed(@TempDir Path directory, OwnNetwork far) throws Exception {
            Path program = Files.copy(BASH, directory.resolve("program"));
            String line = "while read port; do echo >/dev/udp/" + FAR + "/$port; done";
            try (Child child = Child.start(program.toString(), "-c", line)) {
                Path current = program;
                int port = 9;
                for (String name : new String[] {"program", "renamed", "below/renamed"}) {
                    Path path = directory.resolve(name);
                    if (!path.equals(current)) {
                        Files.createDirectories(path.getParent());
                        current = Files.move(current, path);
                    }
                    child.say(port++ + "\n");
                    assertOwner(bed.next(OUTBOUND)).hasExecutable(path.toString());
                }
            }
        }

        @Test
        void isMarkedDeletedIfItNeverWasAFile(OwnNetwork far) throws Exception {
            runToItsEnd(Child.startFromMemory(SEND));
            assertOwner(bed.next(OUTBOUND)).hasExecutable("/memfd:probe (deleted)");
        }
    }

    @Nested
    class Digest {
        @Test
        void isKnownOfARunningProgramThatNeverWasAFile(OwnNetwork far) throws Exception {
            try (Child child = Child.startFromMemory(SEND + "; read line")) {
                AttributedFlow flow = bed.next(OUTBOUND);
                assertOwner(flow).hasExecutable(link(child));
                assertEquals(sha256(BASH), digest(flow.owner()));
            }
        }

        @Test
        void isKnownOfEachEndedProcessOfAProgram(OwnNetwork far) throws Exception {
            String expected = sha256(BASH);
            for (String mark : new String[] {"first", "second"}) {
                EndedProcess.run(SEND, mark);
                Owner owner = bed.next(OUTBOUND).owner();
                try (OpenExecutable bash = OpenExecutable.open(BASH.toString())) {
                    assumeTrue(bash.keepsTimes(), "/bin is on a file system that is never trusted");
                }
                assertEquals(expected, digest(owner));
            }
        }

        /** stat(2) reports other numbers than the kernel has, because the layers are on file systems of their own. */
        @Test
        void isKnownOfAProgramOnAnOverlayInAnotherMountNamespace(@TempDir Path directory, OwnNetwork far)
                throws Exception {
            String line = """
                    mount -t tmpfs none $0 && mkdir $0/lower $0/upper $0/top && mount -t tmpfs none $0/lower &&
                    mkdir $0/upper/upper $0/upper/work && cp /bin/bash $0/lower/program &&
                    mount -t overlay none -o lowerdir=$0/lower,upperdir=$0/upper/upper,workdir=$0/upper/work $0/top &&
                    exec $0/top/program -c '%s; read line'
                    """.formatted(SEND);
            try (Child child = Child.start("unshare", "--mount", "bash", "-c", line, directory.toString())) {
                AttributedFlow flow = bed.next(OUTBOUND);
                assertOwner(flow).hasExecutable(directory.toRealPath() + "/top/program");
                assertTrue(child.isAlive());
                assertEquals(sha256(BASH), digest(flow.owner()));
            }
        }
    }

    @Nested
    class CommandLine {
        /** /proc/PID shows the name but no command line of a process whose parent has not waited for it. */
        @Test
        void remainsThatOfTheRecordIfTheProcessIsAZombie(OwnNetwork far) throws Exception {
            String program = """
                    import os, socket, time
                    child = os.fork()
                    if child == 0:
                        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('%s', 9))
                        os._exit(0)
                    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
                    print('ended', flush=True)
                    time.sleep(60)
                    """.formatted(FAR);
            try (Child child = Child.python(program, "a".repeat(5_000))) {
                assertEquals("ended", child.output().next());
                String commandLine =
                        bed.next(OUTBOUND).owner().process().commandLine().toString();
                assertTrue(commandLine.contains("aaaa"), commandLine);
            }
        }
    }

    @Nested
    class User {
        @Test
        void isKnownByName(OwnNetwork far) throws Exception {
            runToItsEnd(Child.start("setpriv", "--reuid", "nobody", "--clear-groups", "bash", "-c", SEND));
            AttributedFlow flow = bed.next(OUTBOUND);
            assertOwner(flow).hasUid(65_534);
            assertEquals(
                    "nobody", Wait.forValue("the user", flow.owner().identity().user()));
        }

        /** In a container the user id may belong to another user. */
        @Test
        void hasNoNameInAContainer(OwnNetwork far) throws Exception {
            runToItsEnd(Child.start("unshare", "--pid", "--fork", "bash", "-c", SEND));
            AttributedFlow flow = bed.next(OUTBOUND);
            assertOwner(flow).hasUid(0);
            assertSame(Identity.UNKNOWN.user(), flow.owner().identity().user());
        }
    }

    private static String link(Child child) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc", Integer.toString(child.pid()), "exe"))
                .toString();
    }

    private static String sha256(Path file) throws Exception {
        return Child.run("sha256sum", file.toString()).substring(0, 64);
    }

    private static String digest(Owner owner) throws Exception {
        return Wait.forValue("the digest", owner.identity().exeDigest());
    }
}
