// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;

class IpAddressTest {

    /** The file names the tool that wrote its texts. */
    @ParameterizedTest
    @CsvFileSource(resources = "addresses.csv")
    void hasTheTextOfRfc5952(String bytes, String text) {
        assertEquals(text, address(bytes).toString());
        assertEquals("to " + text, append("to ", address(bytes)));
    }

    @ParameterizedTest
    @CsvFileSource(resources = "prefixes.csv")
    void isInANetwork(String address, String network, int bits, boolean inside) {
        assertEquals(inside, address(address).isIn(address(network), bits));
    }

    @Test
    void isInNoNetworkOfTheOtherFamily() {
        assertFalse(address("00000000").isIn(address("00000000000000000000000000000000"), 0));
        assertFalse(address("00000000000000000000000000000000").isIn(address("00000000"), 0));
    }

    @ParameterizedTest
    @CsvFileSource(resources = "addresses.csv")
    void readsAndWritesInAnyByteOrder(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
            ByteBuffer buffer =
                    ByteBuffer.allocate(3 + bytes.length).order(order).put(3, bytes);
            IpAddress address = IpAddress.read(buffer, 3, bytes.length == IpAddress.MAX_LENGTH);
            assertEquals(address(hex), address);
            assertEquals(bytes.length, address.length());
            byte[] written = new byte[bytes.length];
            address.write(ByteBuffer.wrap(written).order(order), 0);
            assertArrayEquals(bytes, written);
        }
    }

    @Test
    void isMappedForIpv6Sockets() {
        assertEquals(
                address("00000000000000000000ffffc0000201"), address("c0000201").asMapped());
        assertEquals(
                address("00000000000000000000ffffffffffff"), address("ffffffff").asMapped());
        IpAddress v6 = address("20010db8000000000000000000000001");
        assertEquals(v6, v6.asMapped());
    }

    @Test
    void isUnspecifiedIfAllBitsAreZero() {
        assertTrue(address("00000000").isUnspecified());
        assertTrue(address("00000000000000000000000000000000").isUnspecified());
        assertFalse(address("80000000").isUnspecified());
        assertFalse(address("80000000000000000000000000000000").isUnspecified());
        assertFalse(address("00000000000000000000000000000001").isUnspecified());
    }

    @Test
    void differsBetweenFamilies() {
        assertNotEquals(address("00000000"), address("00000000000000000000000000000000"));
    }

    private static String append(String before, IpAddress address) {
        StringBuilder text = new StringBuilder(before);
        address.appendTo(text);
        return text.toString();
    }

    private static IpAddress address(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == IpAddress.MAX_LENGTH);
    }
}
