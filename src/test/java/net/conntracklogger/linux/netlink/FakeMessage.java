// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A message as the kernel sends it, written field by field after {@code linux/netlink.h} and without the code that reads it.
 */
public final class FakeMessage {
    private static final int HEADER = 16;
    private static final int HONEST = -1;
    private static final int LONGEST = 64 * 1024;
    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_MULTI = 2;
    private static final int NLM_F_CAPPED = 0x100;
    private static final int NLM_F_ACK_TLVS = 0x200;
    private static final int NLMSGERR_ATTR_MSG = 1;

    private final ByteBuffer bytes = ByteBuffer.allocate(LONGEST).order(ByteOrder.nativeOrder());
    private int claimed = HONEST;
    private int sequenceOffset;

    private FakeMessage(int type) {
        bytes.putShort(4, (short) type).position(HEADER);
    }

    /** Begins a message of a type. */
    public static FakeMessage of(int type) {
        return new FakeMessage(type);
    }

    /** Takes a message over that a kernel sent, but for its sequence number. */
    public static FakeMessage recorded(byte[] message) {
        FakeMessage copy = new FakeMessage(0);
        copy.bytes.put(0, message).position(message.length);
        return copy;
    }

    /** The end of a dump. */
    public static FakeMessage done() {
        return of(NLMSG_DONE).flags(NLM_F_MULTI).u32(0);
    }

    /** The end of a dump that failed. */
    public static FakeMessage done(int errno, String explanation) {
        return of(NLMSG_DONE).flags(NLM_F_MULTI | NLM_F_ACK_TLVS).u32(-errno).explain(explanation);
    }

    /** A refusal; errno 0 acknowledges. */
    public static FakeMessage error(int errno) {
        return of(NLMSG_ERROR).flags(NLM_F_CAPPED).u32(-errno).zeros(HEADER);
    }

    /** A refusal with an explanation. */
    public static FakeMessage error(int errno, String explanation) {
        return error(errno).flags(NLM_F_CAPPED | NLM_F_ACK_TLVS).explain(explanation);
    }

    private FakeMessage explain(String explanation) {
        return attribute(NLMSGERR_ATTR_MSG, (explanation + "\0").getBytes(StandardCharsets.UTF_8));
    }

    /** Sets the flags. */
    public FakeMessage flags(int flags) {
        bytes.putShort(6, (short) flags);
        return this;
    }

    public FakeMessage u8(int... values) {
        for (int value : values) {
            bytes.put((byte) value);
        }
        return this;
    }

    public FakeMessage u16(int value) {
        bytes.putShort((short) value);
        return this;
    }

    public FakeMessage u32(int... values) {
        for (int value : values) {
            bytes.putInt(value);
        }
        return this;
    }

    public FakeMessage u64(long value) {
        bytes.putLong(value);
        return this;
    }

    /** Appends 16 bits in network byte order. */
    public FakeMessage be16(int value) {
        return u8(value >> 8, value);
    }

    public FakeMessage zeros(int length) {
        bytes.put(new byte[length]);
        return this;
    }

    /** Appends an attribute, padded. */
    public FakeMessage attribute(int type, byte... value) {
        u16(4 + value.length).u16(type);
        bytes.put(value);
        return zeros(-value.length & 3);
    }

    /** Appends an attribute of 32 bits. */
    public FakeMessage attribute32(int type, int value) {
        return u16(8).u16(type).u32(value);
    }

    /** Makes the message an answer to the request before the last. */
    public FakeMessage late() {
        sequenceOffset = -1;
        return this;
    }

    /** Makes the header claim another length than the message has. */
    public FakeMessage claiming(int length) {
        claimed = length;
        return this;
    }

    /** Returns the message, padded as in a datagram of several. */
    byte[] encode(int sequence) {
        int length = bytes.position();
        bytes.putInt(0, claimed == HONEST ? length : claimed).putInt(8, sequence + sequenceOffset);
        return Arrays.copyOf(bytes.array(), length + 3 & ~3);
    }
}
