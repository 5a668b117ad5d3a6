// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;

/**
 * The header of every netlink message: {@code struct nlmsghdr {u32 len; u16 type; u16 flags; u32 seq; u32 pid}} of
 * {@code linux/netlink.h}, in native byte order.
 */
public final class NetlinkHeader {
    /** Bytes of the header. */
    public static final int SIZE = 16;

    public static final int NLMSG_ERROR = 2;
    public static final int NLMSG_DONE = 3;

    public static final int NLM_F_REQUEST = 0x1;
    public static final int NLM_F_MULTI = 0x2;
    public static final int NLM_F_ACK = 0x4;
    public static final int NLM_F_DUMP_INTR = 0x10;
    public static final int NLM_F_DUMP = 0x300;
    public static final int NLM_F_EXCL = 0x200;
    public static final int NLM_F_CREATE = 0x400;
    public static final int NLM_F_APPEND = 0x800;
    static final int NLM_F_CAPPED = 0x100;
    static final int NLM_F_ACK_TLVS = 0x200;

    private static final int TYPE = 4;
    private static final int FLAGS = 6;
    private static final int SEQUENCE = 8;
    private static final int PORT_ID = 12;

    private NetlinkHeader() {}

    /** Returns the length in bytes that a message claims, its header included. */
    public static int length(ByteBuffer bytes, int message) {
        return bytes.getInt(message);
    }

    /** Returns the type of a message, unsigned. */
    public static int type(ByteBuffer bytes, int message) {
        return bytes.getShort(message + TYPE) & 0xffff;
    }

    /** Returns the {@code NLM_F_*} flags of a message. */
    public static int flags(ByteBuffer bytes, int message) {
        return bytes.getShort(message + FLAGS) & 0xffff;
    }

    /** Returns the sequence number. An answer has the number of its request, a notification an arbitrary one. */
    static int sequence(ByteBuffer bytes, int message) {
        return bytes.getInt(message + SEQUENCE);
    }

    /** Writes the header of a request except for its length. */
    static void write(ByteBuffer bytes, int message, int type, int flags, int sequence) {
        bytes.putShort(message + TYPE, (short) type).putShort(message + FLAGS, (short) flags);
        bytes.putInt(message + SEQUENCE, sequence).putInt(message + PORT_ID, 0);
    }

    /** Writes the length of a request. */
    static void writeLength(ByteBuffer bytes, int message, int length) {
        bytes.putInt(message, length);
    }
}
