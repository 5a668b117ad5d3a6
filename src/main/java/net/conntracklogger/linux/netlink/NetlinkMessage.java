// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.IpAddress;

/** A netlink message as it is written, attribute by attribute. Numbers of netfilter's attributes are in network byte order. */
public final class NetlinkMessage {
    /** {@code linux/netlink.h}: the attribute holds others. */
    private static final int NLA_F_NESTED = 0x8000;

    private final ByteBuffer bytes;
    private int at;

    /** Writes from the buffer's beginning, which is in native byte order. */
    public NetlinkMessage(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Begins another: struct nlmsghdr {u32 len; u16 type; u16 flags; u32 seq; u32 pid}. */
    public void begin(int type, int flags, int sequence) {
        bytes.putShort(4, (short) type).putShort(6, (short) flags);
        bytes.putInt(8, sequence).putInt(12, 0);
        at = NetlinkSocket.HEADER_LENGTH;
    }

    /** The header that is before the attributes. */
    public void putBytes(int... header) {
        for (int value : header) {
            bytes.put(at++, (byte) value);
        }
    }

    /** Answers what {@link #endNest} is to be told. */
    public int beginNest(int type) {
        int nest = at;
        bytes.putShort(nest + 2, (short) (type | NLA_F_NESTED));
        at += NetlinkAttributes.HEADER_LENGTH;
        return nest;
    }

    public void endNest(int nest) {
        bytes.putShort(nest, (short) (at - nest));
    }

    public void put8(int type, int value) {
        bytes.put(putHeader(type, Byte.BYTES), (byte) value);
    }

    public void put16(int type, int value) {
        short number = (short) value;
        bytes.putShort(
                putHeader(type, Short.BYTES),
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Short.reverseBytes(number));
    }

    public void put(int type, IpAddress address) {
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
    public void end() {
        bytes.putInt(0, at);
    }

    public int length() {
        return at;
    }

    /** A number that was read in native byte order, and is in network byte order. */
    public static int bigEndian(int number) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Integer.reverseBytes(number);
    }
}
