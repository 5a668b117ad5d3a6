// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetlinkAttributesTest {
    private static final int FROM = 4;

    private final ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.nativeOrder());

    @Test
    void findsTheFirstOfAType() {
        int end = attribute(attribute(attribute(FROM, 5, 1), 8, 2), 8, 2);
        assertEquals(FROM + 4, find(end, 1));
        assertEquals(FROM + 8 + 4, find(end, 2));
        assertEquals(-1, find(end, 3));
    }

    @Test
    void findsATypeWithFlags() {
        int end = attribute(FROM, 8, 0x8000 | 7);
        assertEquals(FROM + 4, find(end, 7));
    }

    @Test
    void findsAnEmptyAttributeAtTheEnd() {
        int end = attribute(FROM, 4, 1);
        assertEquals(FROM + 4, find(end, 1));
        assertEquals(FROM + 4, NetlinkAttributes.end(bytes, FROM + 4));
    }

    /** The padding of the last attribute may be left out. */
    @Test
    void needsNoPaddingBehindTheLast() {
        attribute(FROM, 5, 1);
        assertEquals(FROM + 4, find(FROM + 5, 1));
    }

    @ParameterizedTest
    @CsvSource({"0", "3", "9", "65535"})
    void findsNothingInAnAttributeWithAWrongLength(int length) {
        bytes.putShort(FROM, (short) length).putShort(FROM + 2, (short) 1);
        assertEquals(-1, find(FROM + 8, 1));
    }

    @Test
    void findsNothingBehindAnAttributeWithAWrongLength() {
        int second = attribute(FROM, 3, 1);
        attribute(second, 8, 2);
        assertEquals(-1, find(second + 8, 2));
    }

    @Test
    void findsNothingInLessThanAHeader() {
        attribute(FROM, 4, 1);
        assertEquals(-1, find(FROM + 3, 1));
        assertEquals(-1, find(FROM, 1));
    }

    @Test
    void findsWhatIsInANest() {
        int end = attribute(FROM, 20, 0x8000 | 1);
        attribute(attribute(FROM + 4, 8, 2), 8, 3);
        int nest = find(end, 1);
        assertEquals(FROM + 4 + 8 + 4, NetlinkAttributes.find(bytes, nest, 3));
        assertEquals(-1, NetlinkAttributes.find(bytes, nest, 4));
        assertEquals(-1, NetlinkAttributes.find(bytes, -1, 3), "no nest");
    }

    /** Answers where the next begins. */
    private int attribute(int at, int length, int type) {
        bytes.putShort(at, (short) length).putShort(at + 2, (short) type);
        return at + (length + 3 & ~3);
    }

    private int find(int to, int type) {
        return NetlinkAttributes.find(bytes, FROM, to, type);
    }
}
