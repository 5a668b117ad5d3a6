// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;

/**
 * Attributes of netlink messages. Each is a {@code struct nlattr {u16 len; u16 type}} in native byte order, then the
 * value, padded to four bytes. The length includes the header but not the padding; the two highest bits of the type are
 * flags.
 */
public final class NetlinkAttributes {
    /** Bytes of {@code struct nlattr}. */
    public static final int HEADER_LENGTH = 4;

    private static final int TYPE = 2;
    /** Clears the flags of a type. */
    public static final int NLA_TYPE_MASK = 0x3fff;

    private NetlinkAttributes() {}

    /**
     * Finds the first attribute of a type among those from offset {@code from} to before {@code to}.
     *
     * @return the offset of its value, or -1 if there is none before the first attribute that is cut off
     */
    public static int find(ByteBuffer message, int from, int to, int type) {
        int length;
        for (int at = from; at + HEADER_LENGTH <= to; at += align(length)) {
            length = length(message, at);
            if (length < HEADER_LENGTH || length > to - at) {
                return -1;
            }
            if (type(message, at) == type) {
                return at + HEADER_LENGTH;
            }
        }
        return -1;
    }

    /** Finds an attribute in the nest whose value begins at an offset. Returns -1 also if that offset is negative. */
    public static int find(ByteBuffer message, int nest, int type) {
        return nest < 0 ? -1 : find(message, nest, end(message, nest), type);
    }

    /** Returns the length that the attribute at an offset claims, its header included. */
    public static int length(ByteBuffer message, int attribute) {
        return message.getShort(attribute) & 0xffff;
    }

    /** Returns the type of the attribute at an offset, without flags. */
    public static int type(ByteBuffer message, int attribute) {
        return message.getShort(attribute + TYPE) & NLA_TYPE_MASK;
    }

    /** Returns where the value that begins at an offset ends. */
    public static int end(ByteBuffer message, int value) {
        return value - HEADER_LENGTH + length(message, value - HEADER_LENGTH);
    }

    /** Rounds a length up to a multiple of four ({@code NLA_ALIGN}, {@code NLMSG_ALIGN}). */
    public static int align(int length) {
        return length + 3 & ~3;
    }
}
