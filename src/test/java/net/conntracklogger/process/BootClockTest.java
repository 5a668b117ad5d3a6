// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BootClockTest {
    /** As versions before this one noted it, in whole seconds. */
    private static final long EARLIER = 1_795_447_986_000_000L;

    @TempDir
    private Path root;

    private Path note;

    @BeforeEach
    void open() {
        note = root.resolve("boot-time");
    }

    @Test
    void countsFromTheBoot() {
        BootClock clock = new BootClock(EARLIER);
        assertEquals(EARLIER, clock.epochMicros(0));
        assertEquals(EARLIER + 1_230_000, clock.epochMicros(123));
        // A year after boot, and a year in ticks is more than 31 bits.
        assertEquals(EARLIER + 31_536_000_000_000L, clock.epochMicros(3_153_600_000L));
    }

    /** Whose whole seconds the kernel tells in /proc/stat. */
    @Test
    void knowsTheKernelsBoot() throws IOException {
        long boot = BootClock.of(note, /* notes= */ false).epochMicros(0);
        assertEquals(ProcFacts.bootMicros() / 1_000_000, boot / 1_000_000);
        assertEquals(0, boot % 10_000, "to the clock tick");
    }

    @Test
    void findsOutTheSameAgain() throws IOException {
        long boot = BootClock.of(note, /* notes= */ false).epochMicros(0);
        for (int i = 0; i < 100; i++) {
            assertEquals(boot, BootClock.of(note, /* notes= */ false).epochMicros(0));
        }
    }

    @Test
    void notesItForAllThatComeLater() throws IOException {
        long boot = BootClock.of(note, /* notes= */ true).epochMicros(0);
        assertEquals(boot + "\n", Files.readString(note));
        try (Stream<Path> files = Files.list(root)) {
            assertEquals(List.of(note), files.toList());
        }
    }

    /** Somebody may have set the clock since. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsToTheNote(boolean notes) throws IOException {
        Files.writeString(note, EARLIER + "\n");
        assertEquals(EARLIER, BootClock.of(note, notes).epochMicros(0));
        assertEquals(EARLIER + "\n", Files.readString(note));
    }

    @Test
    void notesNothingWhereItIsNotAsked() throws IOException {
        BootClock.of(note, /* notes= */ false);
        assertTrue(Files.notExists(note));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "soon", "1795447986000000x", "1 2", "99999999999999999999", "\u00ff"})
    void refusesABrokenNote(String text) throws IOException {
        Files.write(note, text.getBytes(StandardCharsets.ISO_8859_1));
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(note, /* notes= */ true));
        assertTrue(failure.getMessage().contains(note.toString()), failure.getMessage());
        assertTrue(failure.getMessage().contains("remove that file"), failure.getMessage());
        assertEquals(text, Files.readString(note, StandardCharsets.ISO_8859_1), "left as it was");
    }

    @Test
    void saysWhereItCannotReadTheNote() throws IOException {
        Files.createDirectory(note);
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(note, /* notes= */ true));
        assertTrue(failure.getMessage().startsWith("cannot read " + note), failure.getMessage());
    }
}
