// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.linux.netlink.NetlinkAttributes.HEADER_LENGTH;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;

/**
 * Checks what libnetfilter_conntrack assumes about a message, before the library parses the message. The library ends
 * the whole process if an attribute has an unexpected length ({@code abi_breakage()} in its {@code parse_mnl.c}). If
 * {@code CTA_PROTOINFO} holds an unknown type, the library writes past its table.
 */
@FunctionalInterface
interface AttributeRules {
    AttributeRules ANYTHING = (message, from, to) -> {};
    AttributeRules U8 = exactly(1);
    AttributeRules U16 = exactly(2);
    AttributeRules U32 = exactly(4);
    AttributeRules U64 = exactly(8);
    AttributeRules V6 = exactly(16);

    /** {@code enum ctattr_tuple}, and in it {@code enum ctattr_ip} and {@code enum ctattr_l4proto}. */
    AttributeRules TUPLE = nest(
            /* CTA_TUPLE_IP */ nest(U32, U32, V6, V6),
            /* CTA_TUPLE_PROTO */ nest(U8, U16, U16, U16, U8, U8, U16, U8, U8),
            /* CTA_TUPLE_ZONE */ U16);

    /** {@code enum ctattr_protoinfo}: TCP, DCCP and SCTP, and nothing else. */
    AttributeRules PROTOINFO = nothingBut(nest(U8, U8, U8, U16, U16), nest(U8, U8, U64), nest(U8, U32, U32));

    /** {@code enum ctattr_help}: a name, and data of the helper. */
    AttributeRules HELP = nest(text(), ANYTHING);

    /** {@code enum ctattr_counters} */
    AttributeRules COUNTERS = nest(U64, U64, U32, U32);

    /** {@code enum ctattr_seqadj}, and {@code enum ctattr_synproxy}, which has the same layout. */
    AttributeRules THREE_NUMBERS = nest(U32, U32, U32);

    /** {@code enum ctattr_type}, from 1 on. */
    AttributeRules FLOW = nest(
            /* CTA_TUPLE_ORIG */ TUPLE,
            /* CTA_TUPLE_REPLY */ TUPLE,
            /* CTA_STATUS */ U32,
            /* CTA_PROTOINFO */ PROTOINFO,
            /* CTA_HELP */ HELP,
            /* CTA_NAT_SRC */ ANYTHING,
            /* CTA_TIMEOUT */ U32,
            /* CTA_MARK */ U32,
            /* CTA_COUNTERS_ORIG */ COUNTERS,
            /* CTA_COUNTERS_REPLY */ COUNTERS,
            /* CTA_USE */ U32,
            /* CTA_ID */ U32,
            /* CTA_NAT_DST */ ANYTHING,
            /* CTA_TUPLE_MASTER */ TUPLE,
            /* CTA_SEQ_ADJ_ORIG */ THREE_NUMBERS,
            /* CTA_SEQ_ADJ_REPLY */ THREE_NUMBERS,
            /* CTA_SECMARK */ U32,
            /* CTA_ZONE */ U16,
            /* CTA_SECCTX */ nest(text()),
            /* CTA_TIMESTAMP */ nest(U64, U64),
            /* CTA_MARK_MASK */ U32,
            /* CTA_LABELS */ exactly(16),
            /* CTA_LABELS_MASK */ exactly(16),
            /* CTA_SYNPROXY */ THREE_NUMBERS,
            /* CTA_FILTER */ ANYTHING,
            /* CTA_STATUS_MASK */ U32,
            /* CTA_TIMESTAMP_EVENT */ U64);

    /**
     * Checks the value from offset {@code from} to before {@code to}.
     *
     * @throws MalformedEventException if the value breaks a rule
     */
    void check(ByteBuffer message, int from, int to) throws MalformedEventException;

    private static AttributeRules exactly(int length) {
        return (message, from, to) -> require(to - from == length, from, to);
    }

    private static AttributeRules text() {
        return (message, from, to) -> require(to > from && message.get(to - 1) == 0, from, to);
    }

    /** Returns a rule for attributes, from the rules of types 1 and up. The library skips types that it does not know. */
    private static AttributeRules nest(AttributeRules... types) {
        return (message, from, to) -> checkAll(message, from, to, types, true);
    }

    /** Returns a rule for attributes of these types only. */
    private static AttributeRules nothingBut(AttributeRules... types) {
        return (message, from, to) -> checkAll(message, from, to, types, false);
    }

    private static void checkAll(ByteBuffer message, int from, int to, AttributeRules[] types, boolean others)
            throws MalformedEventException {
        int length;
        for (int at = from; at < to; at += NetlinkAttributes.align(length)) {
            length = to - at < HEADER_LENGTH ? 0 : NetlinkAttributes.length(message, at);
            require(length >= HEADER_LENGTH && length <= to - at, at, to);
            int type = NetlinkAttributes.type(message, at);
            if (type >= 1 && type <= types.length) {
                types[type - 1].check(message, at + HEADER_LENGTH, at + length);
            } else {
                require(others, at, to);
            }
        }
    }

    private static void require(boolean kept, int from, int to) throws MalformedEventException {
        if (!kept) {
            throw new MalformedEventException(
                    "attribute in bytes " + from + " to " + to + " has an unexpected length or type");
        }
    }
}
