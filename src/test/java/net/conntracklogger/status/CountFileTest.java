// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import net.conntracklogger.flow.WrittenFlows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountFileTest {
    private static final WrittenFlows COUNT = new WrittenFlows(1, 20, 3, 4);

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private CountFile file(Path path) {
        return new CountFile(path, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @Test
    void everyUserReadsTheLastCount() throws IOException {
        Path path = directory.resolve("written-flows");
        CountFile file = file(path);
        file.write(new WrittenFlows(1, 2, 3, 4));
        file.write(COUNT);
        assertEquals(Optional.of(COUNT), WrittenFlows.parse(Files.readString(path)));
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        assertEquals("", printed.toString(StandardCharsets.UTF_8));
    }

    @Test
    void followsNoSymbolicLink() throws IOException {
        Path path = directory.resolve("written-flows");
        Path other = directory.resolve("other");
        Files.createSymbolicLink(directory.resolve(".written-flows.new"), other);
        file(path).write(COUNT);
        assertEquals(Optional.of(COUNT), WrittenFlows.parse(Files.readString(path)));
        assertFalse(Files.exists(other));
    }

    @Test
    void saysOnceThatItCannotBeWritten() {
        CountFile file = file(directory.resolve("none/written-flows"));
        file.write(COUNT);
        file.write(new WrittenFlows(1, 30, 3, 4));
        String text = printed.toString(StandardCharsets.UTF_8);
        assertTrue(text.startsWith("cannot write " + directory.resolve("none/written-flows")), text);
        assertEquals(1, text.lines().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "flows=4\n", "since=1 until=2 monotonic=3 flows=-4\n"})
    void takesNothingElseForACount(String text) {
        assertEquals(Optional.empty(), WrittenFlows.parse(text));
    }
}
