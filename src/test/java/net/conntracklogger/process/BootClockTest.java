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
    /** A boot time in whole seconds. */
    private static final long EARLIER = 1_795_447_986_000_000L;

    @TempDir
    private Path root;

    private Path file;

    @BeforeEach
    void open() {
        file = root.resolve("boot-time");
    }

    @Test
    void addsTicksToTheBootTime() {
        BootClock clock = new BootClock(EARLIER);
        assertEquals(EARLIER, clock.epochMicros(0));
        assertEquals(EARLIER + 1_230_000, clock.epochMicros(123));
        // A year after boot: its ticks need more than 31 bits.
        assertEquals(EARLIER + 31_536_000_000_000L, clock.epochMicros(3_153_600_000L));
    }

    /** /proc/stat has the boot time in whole seconds. */
    @Test
    void findsOutTheBootTime() throws IOException {
        long boot = BootClock.of(file, /* stores= */ false).epochMicros(0);
        assertEquals(ProcFacts.bootMicros() / 1_000_000, boot / 1_000_000);
        assertEquals(0, boot % 10_000, "to the clock tick");
    }

    @Test
    void findsOutTheSameTimeAgain() throws IOException {
        long boot = BootClock.of(file, /* stores= */ false).epochMicros(0);
        for (int i = 0; i < 100; i++) {
            assertEquals(boot, BootClock.of(file, /* stores= */ false).epochMicros(0));
        }
    }

    @Test
    void storesTheTimeForLaterReaders() throws IOException {
        long boot = BootClock.of(file, /* stores= */ true).epochMicros(0);
        assertEquals(boot + "\n", Files.readString(file));
        try (Stream<Path> files = Files.list(root)) {
            assertEquals(List.of(file), files.toList());
        }
    }

    /** The clock may have been set since. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void usesTheStoredTime(boolean stores) throws IOException {
        Files.writeString(file, EARLIER + "\n");
        assertEquals(EARLIER, BootClock.of(file, stores).epochMicros(0));
        assertEquals(EARLIER + "\n", Files.readString(file));
    }

    @Test
    void storesNothingUnlessToldTo() throws IOException {
        BootClock.of(file, /* stores= */ false);
        assertTrue(Files.notExists(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "soon", "1795447986000000x", "1 2", "99999999999999999999", "\u00ff"})
    void rejectsAMalformedFile(String text) throws IOException {
        Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(file, /* stores= */ true));
        assertTrue(failure.getMessage().contains(file.toString()), failure.getMessage());
        assertTrue(failure.getMessage().endsWith("remove the file"), failure.getMessage());
        assertEquals(text, Files.readString(file, StandardCharsets.ISO_8859_1), "left as it was");
    }

    @Test
    void namesAFileThatItCannotRead() throws IOException {
        Files.createDirectory(file);
        IOException failure = assertThrows(IOException.class, () -> BootClock.of(file, /* stores= */ true));
        assertTrue(failure.getMessage().startsWith("cannot read " + file), failure.getMessage());
    }
}
