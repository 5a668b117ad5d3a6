// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
    /** Sorts some 45 MB. */
    private static final String LARGE =
            "SELECT * FROM (SELECT hash(range) AS a, md5(range::VARCHAR) AS b FROM range(900000)) ORDER BY a";

    private static final String MEMORY = "30MB";

    @TempDir
    Path parent;

    @Test
    void keepsInADirectoryWhatDoesNotFitIntoMemory() throws IOException {
        try (Scratch scratch = Scratch.in(parent);
                Database database = Database.open(1, MEMORY, scratch.directory())) {
            assertEquals(
                    PosixFilePermissions.fromString("rwx------"), Files.getPosixFilePermissions(scratch.directory()));
            database.run("CREATE TABLE sorted AS " + LARGE);
            assertTrue(bytes(scratch.directory()) > 0);
        }
        try (Stream<Path> left = Files.list(parent)) {
            assertEquals(0, left.count());
        }
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void explainsWithoutADirectoryWhatCanBeDone() throws IOException {
        try (Database database = Database.open(1, MEMORY, null)) {
            String message = assertThrows(IOException.class, () -> database.run("CREATE TABLE sorted AS " + LARGE))
                    .getMessage();
            assertTrue(message.matches("cannot write the archive: Out of Memory Error: [^\n]*; ask for .*"), message);
        }
    }
}
