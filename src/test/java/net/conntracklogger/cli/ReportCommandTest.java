// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log is empty. */
class ReportCommandTest {
    @TempDir
    private Path directory;

    private Path file;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeLog() throws IOException {
        Files.createDirectory(directory.resolve("log"));
        file = directory.resolve("report.html");
    }

    @Test
    void writesAPageWithThePermissionsOfANewFile() throws IOException {
        Path plain = Files.createFile(directory.resolve("plain"));
        assertEquals(0, report("--html=" + file));
        assertPage(Files.readString(file));
        assertEquals("", out.toString());
        assertEquals(
                PosixFilePermissions.toString(Files.getPosixFilePermissions(plain)),
                PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(List.of("plain", "report.html"), names());
    }

    @Test
    void replacesTheFileThatALinkNames() throws IOException {
        Files.writeString(file, "old");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        assertEquals(0, report("--html=" + link));
        assertTrue(Files.isSymbolicLink(link));
        assertPage(Files.readString(file));
    }

    @Test
    void printsThePage() {
        assertEquals(0, report("--html=-"));
        assertPage(out.toString());
    }

    @Test
    void saysWhichFileItCannotWrite() throws IOException {
        Path missing = directory.resolve("none/report.html");
        assertEquals(1, report("--html=" + missing));
        assertEquals("cannot write " + missing + ": no such directory\n", err.toString());
        assertEquals(1, report("--html=" + directory));
        assertEquals(List.of(), names());
    }

    @Test
    void saysThatThereIsNoRoom() {
        assertEquals(1, report("--html=/dev/full"));
        assertEquals("cannot write /dev/full: No space left on device\n", err.toString());
    }

    @Test
    void takesOneForm() {
        assertEquals(2, report("--html=" + file, "--output=json"));
        assertFalse(Files.exists(file));
        assertEquals(2, report("--flows=501"));
    }

    @Test
    void takesConditions() {
        assertEquals(0, report("--output=json", "192.0.2.1", "--port=80", "--user=www-data"));
        assertTrue(
                out.toString().contains("\"criteria\":[\"192.0.2.1\",\"port 80\",\"user www-data\"]"), out.toString());
        assertEquals(2, report("no address!"));
    }

    private static void assertPage(String text) {
        assertTrue(text.startsWith("<!DOCTYPE html>\n"), text);
        assertTrue(text.endsWith("</html>\n"));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(it -> it.getFileName().toString())
                    .filter(it -> !it.equals("log"))
                    .sorted()
                    .toList();
        }
    }

    private int report(String... arguments) {
        String[] all = Stream.concat(
                        Stream.of("report", "--directory=" + directory.resolve("log")), Stream.of(arguments))
                .toArray(String[]::new);
        return Main.of(all)
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
    }
}
