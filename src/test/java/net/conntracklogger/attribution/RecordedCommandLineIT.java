// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.process.ProcFacts;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.EndedProcess;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines that the BPF programs recorded: of every length, of processes that change them, of evicted records. */
@KernelTest
final class RecordedCommandLineIT {
    /** Makes more parts of command lines than their map holds, 256: 8 for each title. */
    private static final int TITLES = 100;

    private static final int LONGEST = 4096;

    /**
     * Sends a datagram to a port of the far end for each line of a port and a title, and answers with the port. The pause
     * makes the programs look up the process twice: an LRU map prefers entries that were looked up.
     */
    private static final String ACTOR = """
            use Socket; $| = 1;
            while (<STDIN>) {
                my ($port, $title) = split;
                $0 = $title if $title;
                socket(my $to, AF_INET, SOCK_DGRAM, 0) or die $!;
                select(undef, undef, undef, 0.02);
                send($to, 'x', 0, pack_sockaddr_in($port, inet_aton('%s'))) or die $!;
                print "$port\\n";
            }
            """.formatted(FAR);

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    /** Starts an actor. All run on one CPU, because an LRU map keeps the latest entries of another CPU. */
    private static Child actor(String... arguments) throws Exception {
        String allowed = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("Cpus_allowed_list:"))
                .findFirst()
                .orElseThrow();
        String cpu = allowed.split("\\s+")[1].split("[,-]")[0];
        return Child.start(
                Stream.concat(Stream.of("taskset", "-c", cpu, "perl", "-e", ACTOR, "--"), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static void send(Child actor, int port, String title) throws Exception {
        actor.say(port + " " + title + "\n");
        assertEquals("" + port, actor.output().next());
    }

    private ProcessInfo owner() throws Exception {
        return bed.next(OUTBOUND).owner().process();
    }

    @Nested
    class OfAnEndedProcess {
        private static final String SEND = "echo >/dev/udp/" + FAR + "/9";
        /** Length of {@code bash -c LINE ARGUMENT}, less that of the argument. */
        private static final int REST = "bash -c ".length() + SEND.length() + 2;

        static IntStream lengths() {
            return IntStream.of(255, 256, 257, 735, 736, 737, 1217, 3999, 4000, 4095, LONGEST);
        }

        /** The lengths are those around the places where records are divided. The NUL at the end counts. */
        @ParameterizedTest
        @MethodSource("lengths")
        void isWhole(int length, OwnNetwork far) throws Exception {
            String argument = "a".repeat(length - REST - 3) + "end";
            EndedProcess.run(SEND, argument);
            assertEquals(PrintableText.of("bash -c \"" + SEND + "\" " + argument), owner().commandLine());
        }

        @ParameterizedTest
        @ValueSource(ints = {4097, 4098, 5000, 100_000})
        void losesItsMiddleIfItIsLonger(int length, OwnNetwork far) throws Exception {
            EndedProcess.run(SEND, "a".repeat(length - REST - 4) + "\\end");
            String line = owner().commandLine().toString();
            assertTrue(line.startsWith("bash -c \"" + SEND + "\" aaaa"), line);
            assertTrue(line.endsWith("aaaa\\\\end\""), line);
            assertTrue(line.contains("a … a"), line);
            assertTrue(line.length() > 3900, line);
        }
    }

    @Nested
    class OfAProcessThatChangesIt {
        @Test
        void isThatOfTheFlowIfTheTitleDiffersFarBehind(OwnNetwork far) throws Exception {
            try (Child actor = actor("a".repeat(2000))) {
                for (int port = 1; port <= 3; port++) {
                    send(actor, port, "b".repeat(1500) + port);
                }
                for (int port = 1; port <= 3; port++) {
                    assertEquals("b".repeat(1500) + port, owner().commandLine().toString());
                }
            }
        }

        /** A title may be longer than the arguments were: it goes on in the place of the environment. */
        @Test
        void isThatOfTheFlowIfTheTitleIsLongerThanTheArguments(OwnNetwork far) throws Exception {
            String title = "t".repeat(ACTOR.length() + 300);
            try (Child actor = actor()) {
                send(actor, 1, title);
                assertEquals(
                        ProcFacts.of(actor.pid()).commandLine(),
                        owner().commandLine().toString());
            }
        }
    }

    @Nested
    class WhosePartsWereEvicted {
        private void evictParts(Child actor) throws Exception {
            for (int i = 1; i <= TITLES; i++) {
                send(actor, 1000 + i, "c".repeat(LONGEST - 10) + i);
            }
        }

        @Test
        void isAbsentAndCounted(OwnNetwork far) throws Exception {
            try (Child subject = actor("a".repeat(1000));
                    Child other = actor("b".repeat(LONGEST))) {
                send(subject, 9, "");
                FlowEvent event = bed.event();
                evictParts(other);
                AttributedFlow flow = bed.attribute(event);
                assertOwner(flow).hasExecutable("/usr/bin/perl");
                assertNull(flow.owner().process().commandLine());
                assertEquals(1, bed.records().shortage().processes());
            }
        }

        @Test
        void isRecordedAgainWithTheNextFlow(OwnNetwork far) throws Exception {
            try (Child subject = actor("a".repeat(1000));
                    Child other = actor("b".repeat(LONGEST))) {
                send(subject, 9, "");
                FlowEvent first = bed.event();
                evictParts(other);
                send(subject, 10, "");
                bed.attribute(first);
                FlowEvent event = bed.event();
                while (event.original().destinationPort() != 10) {
                    event = bed.event();
                }
                PrintableText line = bed.attribute(event).owner().process().commandLine();
                assertNotNull(line);
                assertEquals(ProcFacts.of(subject.pid()).commandLine(), line.toString());
                assertEquals(0, bed.records().shortage().processes());
            }
        }
    }
}
