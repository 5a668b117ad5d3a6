// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class PacketSocketTableTest {
    /** Of Linux 6.18. */
    private static final String TABLE = """
            sk               RefCnt Type Proto  Iface R Rmem   User   Inode
            0000000000000000 3      3    0003   2     1 0      0      1982975
            0000000000000000 3      2    88cc   0     1 512    998    1982976
            """;

    private static List<DiagSocket> parse(String table) {
        byte[] bytes = table.getBytes(StandardCharsets.US_ASCII);
        return PacketSocketTable.parse(bytes);
    }

    @Test
    void readsInodesAndUsers() {
        assertEquals(
                List.of(
                        new DiagSocket(1982975, 0, 1982975, 0, 0, false, false),
                        new DiagSocket(1982976, 0, 1982976, 998, 0, false, false)),
                parse(TABLE));
    }

    @Test
    void readsNoneOfOtherLines() {
        assertEquals(List.of(), parse(""));
        assertEquals(List.of(), parse("a b\n\n1 2 3 4 5 6 7 8 x\n"));
    }
}
