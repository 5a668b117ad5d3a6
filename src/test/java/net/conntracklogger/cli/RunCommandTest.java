// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.Daemon;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls end before the service starts: the configuration is read first, then a format is refused. */
class RunCommandTest {
    private static final String BAD_FORMAT = "{nonsense}";

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Nested
    class TheConfiguration {
        @ParameterizedTest
        @ValueSource(strings = {"-c", "--config"})
        void mustExistIfItIsNamed(String option) {
            Path missing = directory.resolve("missing.conf");
            assertEquals(2, run("run", option, missing.toString(), "--format", BAD_FORMAT));
            assertEquals(missing + ": cannot be read: no such file\n", err.toString());
        }

        @Test
        void isReadIfItIsNamed() throws IOException {
            Path file = Files.writeString(directory.resolve("test.conf"), "[Capture]\nQueue=0\n");
            assertEquals(2, run("run", "-c", file.toString(), "--format", BAD_FORMAT));
            assertEquals(file + ":2: [Capture] Queue=0: use a number from 1 to 10000000\n", err.toString());
        }

        @Test
        void mayBeMissingByDefault() {
            assertEquals(2, run("run", "--format", BAD_FORMAT));
            assertTrue(err.toString().startsWith("--format: unknown placeholder {nonsense}; "), err::toString);
        }

        @Test
        void isNamedInTheHelp() {
            assertEquals(0, run("run", "--help"));
            assertTrue(out.toString().contains("(default: " + Daemon.CONFIGURATION), out::toString);
        }
    }

    private int run(String... arguments) {
        return Main.of()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setUsageHelpWidth(200)
                .execute(arguments);
    }
}
