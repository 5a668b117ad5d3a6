// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.conntracklogger.flow.IpAddress;

/** The largest watch list, in a file: random addresses and names. */
public enum ManyEntries {
    IPV4,
    IPV6,
    NAMES,
    /** A third of each of the others. */
    MIXED;

    /** The last address of a list that has IPv4 addresses. */
    public static final String ADDRESS = "192.0.2.66";
    /** The last name of a list that has names. */
    public static final String NAME = "bad.example.com";

    /** Reads the list. */
    public WatchList read() throws IOException {
        Path file = write();
        try {
            return read(file);
        } finally {
            Files.delete(file);
        }
    }

    /** Reads the list from the file. */
    static WatchList read(Path file) throws IOException {
        return WatchList.read(List.of(file), WatchLists.MOST_ENTRIES);
    }

    /** Writes the file. No entry but the last ones is in 10.0.0.0/8, 192.0.2.0/24, fd00::/8, example.org or example.com. */
    Path write() throws IOException {
        Random random = new Random(1);
        Path file = Files.createTempFile("watch-list-", ".txt");
        try (BufferedWriter lines = Files.newBufferedWriter(file)) {
            for (int i = 0; i < WatchLists.MOST_ENTRIES - 2; i++) {
                lines.write(entry(this == MIXED ? values()[i % 3] : this, random) + "\n");
            }
            lines.write((this == IPV4 || this == MIXED ? ADDRESS : "2001:db8::66") + "\n");
            lines.write((this == NAMES || this == MIXED ? NAME : "2001:db8::67") + "\n");
        }
        return file;
    }

    private static Object entry(ManyEntries kind, Random random) {
        return switch (kind) {
            case IPV4 -> IpAddress.v4(random.nextInt() & 0x3fff_ffff | 0x4000_0000);
            case IPV6 -> new IpAddress(true, 0x2001_0db8L << 32 | random.nextInt() >>> 1, random.nextLong());
            default -> "h" + Integer.toHexString(random.nextInt()) + ".example.net";
        };
    }
}
