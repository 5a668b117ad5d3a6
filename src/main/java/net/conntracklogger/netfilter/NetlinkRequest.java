// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.NetlinkAttributes;
import net.conntracklogger.linux.NetlinkSocket;

/** A netlink message as it is written, attribute by attribute. Numbers of netfilter's attributes are in network byte order. */
final class NetlinkRequest {
    /** {@code linux/netlink.h}: the attribute holds others. */
    private static final int NLA_F_NESTED = 0x8000;

    private final ByteBuffer bytes;
    private int at;

    /** Writes from the buffer's beginning, which is in native byte order. */
    NetlinkRequest(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Begins another: struct nlmsghdr {u32 len; u16 type; u16 flags; u32 seq; u32 pid}. */
    void begin(int type, int flags, int sequence) {
        bytes.putShort(4, (short) type).putShort(6, (short) flags);
        bytes.putInt(8, sequence).putInt(12, 0);
        at = NetlinkSocket.HEADER_LENGTH;
    }

    /** The header that is before the attributes. */
    void putBytes(int... header) {
        for (int value : header) {
            bytes.put(at++, (byte) value);
        }
    }

    /** Answers what {@link #endNest} is to be told. */
    int beginNest(int type) {
        int nest = at;
        bytes.putShort(nest + 2, (short) (type | NLA_F_NESTED));
        at += NetlinkAttributes.HEADER_LENGTH;
        return nest;
    }

    void endNest(int nest) {
        bytes.putShort(nest, (short) (at - nest));
    }

    void put8(int type, int value) {
        bytes.put(putHeader(type, Byte.BYTES), (byte) value);
    }

    void put16(int type, int value) {
        short number = (short) value;
        bytes.putShort(
                putHeader(type, Short.BYTES),
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Short.reverseBytes(number));
    }

    void put(int type, IpAddress address) {
        address.write(bytes, putHeader(type, address.length()));
    }

    /** Answers where the value goes. */
    private int putHeader(int type, int length) {
        int value = at + NetlinkAttributes.HEADER_LENGTH;
        bytes.putShort(at, (short) (NetlinkAttributes.HEADER_LENGTH + length)).putShort(at + 2, (short) type);
        at = value + NetlinkAttributes.align(length);
        return value;
    }

    /** All attributes are put. */
    void end() {
        bytes.putInt(0, at);
    }

    int length() {
        return at;
    }

    /** A number that was read in native byte order, and is in network byte order. */
    static int bigEndian(int number) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Integer.reverseBytes(number);
    }
}
