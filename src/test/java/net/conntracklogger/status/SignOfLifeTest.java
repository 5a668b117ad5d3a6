// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.OptionalLong;
import net.conntracklogger.flow.Loss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignOfLifeTest {
    private static final long SECOND_NANOS = 1_000_000_000;
    private static final long SECOND_MICROS = 1_000_000;
    /** Longer than a test takes from one reading of the clock to the next. */
    private static final long SLACK_MICROS = 5 * SECOND_MICROS;

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private SignOfLife open() {
        return open(directory.resolve("complete-until"));
    }

    private SignOfLife open(Path path) {
        return new SignOfLife(Optional.of(path), new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private long kept() throws IOException {
        return Long.parseLong(
                Files.readString(directory.resolve("complete-until")).strip());
    }

    @Test
    void reportsNothingAtTheFirstStart() throws IOException {
        try (SignOfLife life = open()) {
            assertEquals(Optional.empty(), life.start(OptionalLong::empty));
        }
    }

    @Test
    void keepsTheTimeUntilWhichFlowsAreWritten() throws IOException {
        try (SignOfLife life = open()) {
            life.start(() -> OptionalLong.of(System.nanoTime() - 3600 * SECOND_NANOS));
            life.renew();
            long expected = now() - 3600 * SECOND_MICROS;
            assertTrue(Math.abs(kept() - expected) < SLACK_MICROS, () -> "" + expected);
        }
    }

    @Test
    void reportsTheIntervalSinceThePreviousRun() throws IOException {
        try (SignOfLife life = open()) {
            life.start(() -> OptionalLong.of(System.nanoTime() - 60 * SECOND_NANOS));
        }
        long since = kept();
        long before = now();
        try (SignOfLife life = open()) {
            Loss gap = life.start(OptionalLong::empty).orElseThrow();
            assertEquals(new Loss(Loss.Place.DOWN, Loss.UNKNOWN, since, gap.until()), gap);
            assertTrue(before <= gap.until() && gap.until() <= now(), gap::toString);
        }
        assertEquals(since, kept(), "a run that wrote nothing changes nothing");
    }

    @Test
    void reportsNoNegativeIntervalIfTheClockWasSetBack() throws IOException {
        Files.writeString(directory.resolve("complete-until"), "%016d\n".formatted(now() + 3600 * SECOND_MICROS));
        try (SignOfLife life = open()) {
            Loss gap = life.start(OptionalLong::empty).orElseThrow();
            assertEquals(gap.since(), gap.until());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "179546758460000x\n", "-795467584600000\n"})
    void ignoresWhatIsNoTime(String content) throws IOException {
        Files.writeString(directory.resolve("complete-until"), content);
        try (SignOfLife life = open()) {
            assertEquals(Optional.empty(), life.start(OptionalLong::empty));
        }
    }

    @Test
    void printsAnErrorOnceAndGoesOn() throws IOException {
        Path missing = directory.resolve("missing/complete-until");
        try (SignOfLife life = open(missing)) {
            life.start(() -> OptionalLong.of(System.nanoTime()));
            life.renew();
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("cannot keep the time in '" + missing + "': "), text);
        assertEquals(1, text.lines().count());
    }
}
