// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import net.conntracklogger.flow.CommandLines;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AncestryTest {
    @TempDir
    private Path root;

    /** Processes: 1 has the children 10 and 20, 10 has the child 11, and 11 the child 12. */
    @ParameterizedTest
    @CsvSource({
        "10 11 12, 10",
        "12 11 10, 10",
        "11 12, 11",
        "12 10, 10",
        "12, 12",
        "1 20 12, 1",
        "10 20, -1",
        "12 20, -1"
    })
    void findsTheEldest(String pids, int expected) throws IOException {
        add(1, 0);
        add(10, 1);
        add(11, 10);
        add(12, 11);
        add(20, 1);
        assertEquals(expected, eldest(pids).orElse(-1));
    }

    @ParameterizedTest
    @CsvSource({"10 12", "7"})
    void findsNoneBeyondAProcessThatIsGone(String pids) throws IOException {
        add(10, 1);
        add(12, 11);
        assertEquals(pids.equals("7") ? 7 : -1, eldest(pids).orElse(-1));
    }

    private OptionalInt eldest(String pids) {
        List<Integer> all = Stream.of(pids.split(" ")).map(Integer::valueOf).toList();
        try (ProcessTable processes = new ProcessTable(root, new BootClock(0), CommandLines.NO)) {
            return new Ancestry(processes).eldest(all);
        }
    }

    private void add(int pid, int parent) throws IOException {
        Path directory = Files.createDirectory(root.resolve(Integer.toString(pid)));
        Files.writeString(directory.resolve("stat"), pid + " (x) S " + parent + " 0".repeat(48) + "\n");
    }
}
