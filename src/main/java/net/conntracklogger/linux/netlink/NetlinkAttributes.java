// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;

/**
 * Attributes of netlink messages: {@code struct nlattr {u16 len; u16 type}}, then the value, padded to four bytes. The
 * length counts the header; the two highest bits of the type are flags.
 */
public final class NetlinkAttributes {
    public static final int HEADER_LENGTH = 4;
    public static final int NLA_TYPE_MASK = 0x3fff;

    private NetlinkAttributes() {}

    /**
     * Finds the first attribute of a type among those from offset {@code from} to before {@code to}.
     *
     * @return the offset of its value, or -1 where there is none, or not all of it
     */
    public static int find(ByteBuffer message, int from, int to, int type) {
        int length;
        for (int at = from; at + HEADER_LENGTH <= to; at += align(length)) {
            length = message.getShort(at) & 0xffff;
            if (length < HEADER_LENGTH || length > to - at) {
                return -1;
            }
            if ((message.getShort(at + 2) & NLA_TYPE_MASK) == type) {
                return at + HEADER_LENGTH;
            }
        }
        return -1;
    }

    /** Where the value that begins at an offset ends. */
    public static int end(ByteBuffer message, int value) {
        return value - HEADER_LENGTH + (message.getShort(value - HEADER_LENGTH) & 0xffff);
    }

    /** The same for a nest in a nest; -1 where there is no such. */
    public static int find(ByteBuffer message, int nest, int type) {
        return nest < 0 ? -1 : find(message, nest, end(message, nest), type);
    }

    public static int align(int length) {
        return length + 3 & ~3;
    }
}
