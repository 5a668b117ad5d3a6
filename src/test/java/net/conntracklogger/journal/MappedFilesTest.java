// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFilesTest {
    private static final int LENGTH = 1 << 20;
    private static final byte CONTENT = 7;

    @TempDir
    private Path directory;

    private final MappedFiles files = new MappedFiles();

    private MappedByteBuffer map(String name) throws IOException {
        byte[] content = new byte[LENGTH];
        Arrays.fill(content, CONTENT);
        Path path = Files.write(directory.resolve(name), content);
        try (FileChannel file = FileChannel.open(path)) {
            return file.map(FileChannel.MapMode.READ_ONLY, 0, LENGTH);
        }
    }

    private static void readAll(MappedByteBuffer mapping) {
        for (int i = 0; i < LENGTH; i++) {
            assertEquals(CONTENT, mapping.get(i));
        }
    }

    /** Returns the KiB of the mapping of a file that are resident. */
    private long resident(String name) throws IOException {
        Iterator<String> lines = Files.readAllLines(Path.of("/proc/self/smaps")).iterator();
        while (!lines.next().endsWith(directory.resolve(name).toString())) {}
        String line = lines.next();
        while (!line.startsWith("Rss:")) {
            line = lines.next();
        }
        return Long.parseLong(line.replaceAll("\\D", ""));
    }

    @Test
    void releasesFilesOfTheSuffixOnly() throws IOException {
        MappedByteBuffer released = map("a.journal");
        MappedByteBuffer kept = map("b.other");
        readAll(released);
        readAll(kept);
        assertEquals(LENGTH / 1024, resident("a.journal"));
        files.release(".journal");
        assertEquals(0, resident("a.journal"));
        assertTrue(resident("b.other") > 0);
        readAll(released);
        files.close();
    }
}
