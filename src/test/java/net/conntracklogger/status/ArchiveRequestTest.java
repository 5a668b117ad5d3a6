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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveRequestTest {
    @TempDir
    private Path directory;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private ArchiveRequest request(Path path) {
        return new ArchiveRequest(path, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void isWrittenForEach250000Entries() throws IOException {
        Path path = directory.resolve("archive-request");
        ArchiveRequest request = request(path);
        request.check(249_999);
        assertFalse(Files.exists(path));
        request.check(250_000);
        assertEquals("250000", Files.readString(path));
        request.check(499_999);
        assertEquals("250000", Files.readString(path));
        request.check(500_000);
        assertEquals("500000", Files.readString(path));
        assertEquals("", printed());
    }

    /** A file that the service cannot write, because it is root's, is replaced as any other. The second name keeps the former. */
    @Test
    void replacesAFileInsteadOfWritingToIt() throws IOException {
        Path path = Files.writeString(directory.resolve("archive-request"), "of root");
        Path former = Files.createLink(directory.resolve("former"), path);
        request(path).write();
        assertEquals("0", Files.readString(path));
        assertEquals("of root", Files.readString(former));
    }

    @Test
    void saysOnceThatItCannotBeWritten() throws IOException {
        Path path = directory.resolve("none/archive-request");
        ArchiveRequest request = request(path);
        request.write();
        request.write();
        assertTrue(printed().startsWith("cannot write " + path), printed());
        assertEquals(1, printed().lines().count());
        Files.createDirectory(path.getParent());
        request.write();
        assertEquals("0", Files.readString(path));
        assertEquals(1, printed().lines().count());
    }
}
