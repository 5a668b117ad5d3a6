// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.NetworkOrder;

/**
 * Writes a netlink message into a buffer of native byte order, from offset 0. The order is: begin, fixed header,
 * attributes, end. Unused bytes become zero, whatever the buffer held. Not thread-safe.
 */
public final class NetlinkMessage {
    /** {@code linux/netlink.h}: the attribute holds attributes. */
    private static final int NLA_F_NESTED = 0x8000;

    private final ByteBuffer bytes;
    private int message;
    private int at;

    NetlinkMessage(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** Begins a message and drops the previous one. */
    NetlinkMessage begin(int type, int flags, int sequence) {
        message = 0;
        NetlinkHeader.write(bytes, message, type, flags, sequence);
        at = NetlinkHeader.SIZE;
        return this;
    }

    /**
     * Ends the message, and begins another of the same request behind it. Both have the same sequence number.
     *
     * @param flags {@code NLM_F_*}; {@code NLM_F_REQUEST} is added
     */
    public void beginNext(int type, int flags) {
        int sequence = NetlinkHeader.sequence(bytes, message);
        message = end();
        NetlinkHeader.write(bytes, message, type, flags | NetlinkHeader.NLM_F_REQUEST, sequence);
        at = message + NetlinkHeader.SIZE;
    }

    /**
     * Appends the family's fixed header, all zero, which precedes the attributes.
     *
     * @param length in bytes, a multiple of four
     * @return the offset at which it begins, for {@link #bytes}
     */
    public int putHeader(int length) {
        int header = at;
        putZeros(length);
        return header;
    }

    /** Returns the buffer, to fill the fixed header. */
    public ByteBuffer bytes() {
        return bytes;
    }

    /** Begins an attribute that holds attributes; returns what {@link #endNest} takes. */
    public int beginNest(int type) {
        return beginAttribute(type | NLA_F_NESTED, 0) - NetlinkAttributes.HEADER_LENGTH;
    }

    /** Ends the innermost nest that is open. */
    public void endNest(int nest) {
        bytes.putShort(nest, (short) (at - nest));
    }

    /** Appends an attribute of 8 bits. */
    public void put8(int type, int value) {
        bytes.put(beginAttribute(type, Byte.BYTES), (byte) value);
    }

    /** Appends an attribute of 16 bits in network byte order, such as a port. */
    public void putNetworkOrder16(int type, int value) {
        NetworkOrder.put16(bytes, beginAttribute(type, Short.BYTES), value);
    }

    /** Appends an attribute of 32 bits in native byte order. */
    public void put32(int type, int value) {
        bytes.putInt(beginAttribute(type, Integer.BYTES), value);
    }

    /** Appends an attribute of 4 or 16 bytes in network byte order. */
    public void put(int type, IpAddress address) {
        address.write(bytes, beginAttribute(type, address.length()));
    }

    /** Appends an attribute of ASCII text, with a NUL at its end. */
    public void put(int type, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.US_ASCII);
        bytes.put(beginAttribute(type, encoded.length + 1), encoded);
    }

    /** Returns where the value goes. */
    private int beginAttribute(int type, int length) {
        bytes.putShort(at, (short) (NetlinkAttributes.HEADER_LENGTH + length)).putShort(at + Short.BYTES, (short) type);
        at += NetlinkAttributes.HEADER_LENGTH;
        int value = at;
        putZeros(NetlinkAttributes.align(length));
        return value;
    }

    private void putZeros(int length) {
        for (int end = at + length; at < end; at += Integer.BYTES) {
            bytes.putInt(at, 0);
        }
    }

    /** Appends an attribute of 32 bits in network byte order. */
    public void putNetworkOrder32(int type, int value) {
        NetworkOrder.put32(bytes, beginAttribute(type, Integer.BYTES), value);
    }

    /** Ends the message, and returns the length of the whole request in bytes. */
    int end() {
        NetlinkHeader.writeLength(bytes, message, at - message);
        return at;
    }
}
