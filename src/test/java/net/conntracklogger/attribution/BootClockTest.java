// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BootClockTest {
    @TempDir
    private Path root;

    private Path note;

    @BeforeEach
    void open() throws IOException {
        Files.write(root.resolve("stat"), ProcFixture.bytes("stat"));
        note = root.resolve("boot-time");
    }

    @Test
    void countsFromTheKernelsBoot() throws IOException {
        BootClock clock = BootClock.of(root, null);
        assertEquals(ProcFixture.BOOT, clock.epochMicros(0));
        assertEquals(ProcFixture.BOOT + 1_230_000, clock.epochMicros(123));
        // A year after boot, and a year in ticks is more than 31 bits.
        assertEquals(ProcFixture.BOOT + 31_536_000_000_000L, clock.epochMicros(3_153_600_000L));
    }

    /** The clock was set in between, which moves what the kernel calls the time of boot. */
    @Test
    void keepsToItsNote() throws IOException {
        BootClock.of(root, note);
        Files.writeString(root.resolve("stat"), "btime 1000\n");
        assertEquals(ProcFixture.BOOT, BootClock.of(root, note).epochMicros(0));
        Files.delete(root.resolve("stat"));
        assertEquals(ProcFixture.BOOT, BootClock.of(root, note).epochMicros(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "soon", "1795447986000000x", "1 2", "99999999999999999999", "\u00ff"})
    void refusesABrokenNote(String text) throws IOException {
        Files.write(note, text.getBytes(StandardCharsets.ISO_8859_1));
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(root, note));
        assertTrue(failure.getMessage().contains(note.toString()), failure.getMessage());
        assertTrue(failure.getMessage().contains("remove that file"), failure.getMessage());
        assertEquals(text, Files.readString(note, StandardCharsets.ISO_8859_1), "left as it was");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "cpu 1 2\n", "xbtime 5\n"})
    void needsTheBootTime(String stat) throws IOException {
        Path file = Files.writeString(root.resolve("stat"), stat);
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(root, note));
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
        assertTrue(Files.notExists(note), "nothing is noted");
    }

    @Test
    void needsTheFile() throws IOException {
        Files.delete(root.resolve("stat"));
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(root, null));
        assertTrue(failure.getMessage().startsWith("cannot read " + root.resolve("stat")), failure.getMessage());
    }
}
