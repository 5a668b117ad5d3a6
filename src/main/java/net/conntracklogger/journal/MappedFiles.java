// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LibC;

/**
 * The files that libraries map into this process. A page that was read stays in the resident set until its mapping ends.
 * Not thread-safe.
 */
final class MappedFiles implements AutoCloseable {
    private static final String MAPS = "/proc/self/maps";

    private final FileReader maps = new FileReader();

    /**
     * Takes the pages of files out of the resident set. They stay in the page cache, and the next access maps them again. The files
     * must not be mapped writable and private, because what was written would be lost.
     *
     * @param suffix end of the names of the files
     */
    void release(String suffix) {
        int length = maps.read(MAPS);
        new String(maps.bytes(length), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.endsWith(suffix))
                .forEach(MappedFiles::releaseLine);
    }

    /** Releases the mapping that a line shows: {@code BEGIN-END PERMISSIONS ...} (proc_pid_maps(5)). */
    private static void releaseLine(String line) {
        int dash = line.indexOf('-');
        long begin = Long.parseUnsignedLong(line.substring(0, dash), 16);
        long end = Long.parseUnsignedLong(line.substring(dash + 1, line.indexOf(' ')), 16);
        LibC.madvise(new Pointer(begin), end - begin, LibC.MADV_DONTNEED);
    }

    @Override
    public void close() {
        maps.close();
    }
}
