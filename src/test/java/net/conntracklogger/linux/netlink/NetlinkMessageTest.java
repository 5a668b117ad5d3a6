// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In the byte order of this machine, but for what is in network byte order. */
class NetlinkMessageTest {
    private final ByteBuffer buffer = ByteBuffer.allocate(256).order(ByteOrder.nativeOrder());
    private final NetlinkMessage message = new NetlinkMessage(buffer);

    @BeforeEach
    void begin() {
        Arrays.fill(buffer.array(), (byte) 0xff);
        message.begin(/* type= */ 0x0102, /* flags= */ 0x0304, /* sequence= */ 0x05060708);
    }

    @Test
    void beginsWithItsHeader() {
        assertEquals(16, message.end());
        assertEquals(16, buffer.getInt(0));
        assertEquals(0x0102, buffer.getShort(4));
        assertEquals(0x0304, buffer.getShort(6));
        assertEquals(0x05060708, buffer.getInt(8));
        assertEquals(0, buffer.getInt(12));
    }

    @Test
    void padsAttributesWithZeros() {
        message.put8(1, 0xab);
        message.putNetworkOrder16(2, 0x1234);
        message.put32(3, -1);
        assertEquals(16 + 8 + 8 + 8, message.end());
        assertEquals(header(5, 1) + "ab000000" + header(6, 2) + "12340000" + header(8, 3) + "ffffffff", attributes());
    }

    @Test
    void writesAddressesInNetworkByteOrder() {
        message.put(1, address("192.0.2.1"));
        message.put(3, address("2001:db8::1"));
        assertEquals(16 + 8 + 20, message.end());
        assertEquals(header(8, 1) + "c0000201" + header(20, 3) + "20010db8000000000000000000000001", attributes());
    }

    @Test
    void countsNestsFromTheirHeader() {
        int outer = message.beginNest(1);
        int inner = message.beginNest(2);
        message.put8(3, 4);
        message.endNest(inner);
        message.endNest(outer);
        message.put8(5, 6);
        message.end();
        assertEquals(
                header(16, 0x8001) + header(12, 0x8002) + header(5, 3) + "04000000" + header(5, 5) + "06000000",
                attributes());
    }

    @Test
    void putsAZeroHeaderBeforeTheAttributes() {
        int header = message.putHeader(8);
        assertEquals(16, header);
        message.bytes().put(header + 1, (byte) 7);
        message.put8(1, 2);
        assertEquals(16 + 8 + 8, message.end());
        assertEquals("0007000000000000" + header(5, 1) + "02000000", attributes());
    }

    @Test
    void canBeBegunAnew() {
        message.put32(1, 2);
        message.end();
        message.begin(1, 2, 3);
        message.put8(4, 5);
        assertEquals(16 + 8, message.end());
        assertEquals(16 + 8, buffer.getInt(0));
    }

    private String attributes() {
        return HexFormat.of().formatHex(buffer.array(), 16, buffer.getInt(0));
    }

    private static String header(int length, int type) {
        byte[] bytes = new byte[4];
        ByteBuffer.wrap(bytes)
                .order(ByteOrder.nativeOrder())
                .putShort(0, (short) length)
                .putShort(2, (short) type);
        return HexFormat.of().formatHex(bytes);
    }
}
