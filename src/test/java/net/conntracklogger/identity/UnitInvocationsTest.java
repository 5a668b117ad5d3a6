// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links are made as systemd makes them: under another name, then renamed. */
class UnitInvocationsTest {
    private static final String FIRST = "11111111111111111111111111111111";
    private static final String SECOND = "22222222222222222222222222222222";

    @TempDir
    private Path units;

    private UnitInvocations invocations;

    @BeforeEach
    void open() throws IOException {
        begin("old.service", FIRST);
        invocations = new UnitInvocations(units);
    }

    @AfterEach
    void close() {
        invocations.close();
    }

    /** The kernel gives the number of a closed descriptor to the next file that is opened. */
    @Test
    void closesItsDescriptorOnce() throws IOException {
        invocations.close();
        try (FileDescriptor next = FileDescriptor.open(units.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY)) {
            invocations.close();
            assertTrue(Files.exists(Path.of("/proc/self/fd/" + next.number())), "it closed another's descriptor");
        }
    }

    @Test
    void knowsAnInvocationFromBeforeItsStart() throws IOException {
        assertEquals(FIRST, now("old.service"));
        assertNull(now("other.service"));
    }

    @Test
    void knowsANewInvocation() throws IOException {
        long before = System.nanoTime();
        begin("a.service", FIRST);
        assertEquals(FIRST, now("a.service"));
        assertNull(invocations.of("a.service", before, System.nanoTime()), "it was not on all the time");
    }

    /** The unit and its link are gone when its flow is read. */
    @Test
    void keepsAnEndedInvocation() throws IOException {
        begin("a.service", FIRST);
        invocations.watch(0);
        long ran = System.nanoTime();
        end("a.service");
        invocations.watch(0);
        assertEquals(FIRST, invocations.of("a.service", ran, ran));
        assertNull(now("a.service"));
    }

    @Test
    void distinguishesInvocationsByTime() throws IOException {
        long first = System.nanoTime();
        invocations.of("old.service", first, first);
        end("old.service");
        begin("old.service", SECOND);
        assertEquals(SECOND, now("old.service"));
        assertEquals(FIRST, invocations.of("old.service", first, first));
        assertNull(invocations.of("old.service", first, System.nanoTime()), "both were on");
    }

    @Test
    void seesAnInvocationReplaceAnother() throws IOException {
        long first = System.nanoTime();
        invocations.of("old.service", first, first);
        begin("old.service", SECOND);
        assertEquals(SECOND, now("old.service"));
        assertEquals(FIRST, invocations.of("old.service", first, first));
    }

    /** A link that is read late is that of the next invocation, or gone. */
    @Test
    void rejectsALinkThatMayBeOfTheNextInvocation() throws IOException {
        begin("a.service", FIRST);
        long first = System.nanoTime();
        end("a.service");
        begin("a.service", SECOND);
        begin("b.service", FIRST);
        end("b.service");
        invocations.watch(0);
        assertNull(invocations.of("a.service", first, first));
        assertEquals(SECOND, now("a.service"));
        assertNull(invocations.of("b.service", first, first));
    }

    @Test
    void ignoresOtherLinks() throws IOException {
        begin("a.service", "not an id");
        assertNull(now("a.service"));
        Files.createSymbolicLink(units.resolve("log-level-max:b.service"), Path.of(FIRST));
        assertNull(now("b.service"));
    }

    /** The kernel queues 16,384 events, and systemd may start more units before they are read. */
    @Test
    void listsTheDirectoryAgainIfEventsWereLost() throws IOException {
        int limit = Integer.parseInt(Files.readString(Path.of("/proc/sys/fs/inotify/max_queued_events"))
                .strip());
        for (int i = 0; i <= limit / 2; i++) {
            begin("flood.service", FIRST);
            end("flood.service");
        }
        end("old.service");
        begin("a.service", SECOND);
        invocations.watch(0);
        assertEquals(SECOND, now("a.service"));
        assertNull(now("old.service"));
        assertNull(now("flood.service"));
    }

    @Test
    void evictsUnitsThatEndedLongAgo() throws IOException {
        begin("first.service", FIRST);
        long first = System.nanoTime();
        invocations.of("first.service", first, first);
        first = System.nanoTime();
        end("first.service");
        for (int i = 0; i < 2000; i++) {
            begin("next.service", SECOND);
            end("next.service");
            invocations.watch(0);
        }
        assertNull(invocations.of("first.service", first, first));
        assertEquals(FIRST, now("old.service"), "that goes on");
    }

    @Test
    void failsWithoutTheDirectory() {
        LinuxException failure =
                assertThrows(LinuxException.class, () -> new UnitInvocations(units.resolve("nowhere")));
        assertEquals(2, failure.errno());
    }

    private String now(String unit) throws IOException {
        invocations.watch(0);
        long now = System.nanoTime();
        return invocations.of(unit, now, now);
    }

    private void begin(String unit, String id) throws IOException {
        Path beside = units.resolve(".#invocation:" + unit + "0123456789abcdef");
        Files.createSymbolicLink(beside, Path.of(id));
        Files.move(beside, units.resolve("invocation:" + unit), StandardCopyOption.REPLACE_EXISTING);
    }

    private void end(String unit) throws IOException {
        Files.delete(units.resolve("invocation:" + unit));
    }
}
