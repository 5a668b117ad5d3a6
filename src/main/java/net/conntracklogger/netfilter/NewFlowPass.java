// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.netlink.NetlinkAttributes;

/**
 * Decodes the usual message of a new flow in one pass. The calls of libnetfilter_conntrack cost ten times as much.
 * Leaves every other message to the library: one with an attribute that is unknown, twice there, or of an unexpected
 * length. Copies the message first, because access to an array is cheaper. Not thread-safe.
 */
final class NewFlowPass {
    private static final int LONGEST = 1024;
    private static final int HEADER_LENGTH = NetlinkAttributes.HEADER_LENGTH;
    private static final boolean BIG_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN;
    private static final int ALL_PORTS = 1 << CTA_PROTO_NUM | 1 << CTA_PROTO_SRC_PORT | 1 << CTA_PROTO_DST_PORT;
    private static final int ALL_ICMP =
            1 << CTA_PROTO_NUM | 1 << CTA_PROTO_ICMP_ID | 1 << CTA_PROTO_ICMP_TYPE | 1 << CTA_PROTO_ICMP_CODE;
    private static final int ALL_ICMPV6 =
            1 << CTA_PROTO_NUM | 1 << CTA_PROTO_ICMPV6_ID | 1 << CTA_PROTO_ICMPV6_TYPE | 1 << CTA_PROTO_ICMPV6_CODE;
    private static final int ALL_OF_FLOW = 1 << CTA_TUPLE_ORIG | 1 << CTA_TUPLE_REPLY | 1 << CTA_ID;
    // The state is not needed, and absent if it is not known.
    private static final int ALL_OF_TCP = 1 << CTA_PROTOINFO_TCP_FLAGS_ORIGINAL | 1 << CTA_PROTOINFO_TCP_FLAGS_REPLY;
    private static final int ALL_ADDRESSES_V4 = 1 << CTA_IP_V4_SRC | 1 << CTA_IP_V4_DST;
    private static final int ALL_ADDRESSES_V6 = 1 << CTA_IP_V6_SRC | 1 << CTA_IP_V6_DST;

    private final byte[] bytes = new byte[LONGEST];
    private final ByteBuffer network = ByteBuffer.wrap(bytes);
    /** Whether everything so far is as usual. */
    private boolean usual;

    private FlowTuple original;
    private FlowTuple reply;
    private int originalFlags;
    private int replyFlags;
    private long mark;
    private long id;
    private int zone;
    private long began;

    // Values of the nest that is being read.
    private IpAddress source;
    private IpAddress destination;
    private int protocol;
    private int first;
    private int second;
    private int third;

    /**
     * Decodes a message whose netlink header was checked.
     *
     * @param header offset of the {@code struct nfgenmsg}
     * @param to end of the message
     * @param received as for {@link FlowDecoder#decode}
     * @return null if the message is unusual in any way
     */
    FlowEvent decode(ByteBuffer message, int header, int to, long received) {
        byte family = message.get(header);
        int from = header + LibNetfilterConntrack.NFGENMSG_LENGTH;
        int length = to - from;
        if (length > LONGEST || family != LibC.AF_INET && family != LibC.AF_INET6) {
            return null;
        }
        boolean v6 = family == LibC.AF_INET6;
        message.get(from, bytes, 0, length);
        usual = true;
        originalFlags = 0;
        replyFlags = 0;
        mark = 0;
        zone = 0;
        began = received;
        int seen = 0;
        for (int at = 0; usual && at < length; at += align(at)) {
            seen |= attribute(at, length, v6, seen);
        }
        if (!usual || (seen & ALL_OF_FLOW) != ALL_OF_FLOW || original == null || reply == null) {
            return null;
        }
        Protocol it = original.protocol();
        boolean midstream = it.equals(Protocol.TCP) && FlowDecoder.isMidstream(originalFlags, replyFlags);
        return it.equals(reply.protocol())
                ? new FlowEvent(FlowEvent.Kind.NEW, id, original, reply, mark, zone, midstream, began, null, null)
                : null;
    }

    /** Reads an attribute of the message and returns the bit of its type. */
    private int attribute(int at, int end, boolean v6, int seen) {
        int type = begin(at, end, seen);
        if (!usual) {
            return 0;
        }
        int value = at + HEADER_LENGTH;
        switch (type) {
            case CTA_TUPLE_ORIG -> original = tuple(value, at + length(at), v6);
            case CTA_TUPLE_REPLY -> reply = tuple(value, at + length(at), v6);
            case CTA_PROTOINFO -> readTcp(value, at + length(at));
            case CTA_STATUS, CTA_TIMEOUT, CTA_USE -> require(at, Integer.BYTES);
            case CTA_MARK -> mark = u32(at);
            case CTA_ID -> id = u32(at);
            case CTA_ZONE -> zone = u16(at);
            case CTA_TIMESTAMP_EVENT -> began = micros(at, began);
            default -> usual = false;
        }
        return 1 << type;
    }

    /**
     * Returns the type of an attribute, 1 to 31. The attribute must lie before the end and be the first of its type.
     */
    private int begin(int at, int end, int seen) {
        int type = at + HEADER_LENGTH > end ? 0 : nativeShort(at + 2) & NetlinkAttributes.NLA_TYPE_MASK;
        usual &= type > 0
                && type < Integer.SIZE
                && (seen & 1 << type) == 0
                && length(at) >= HEADER_LENGTH
                && length(at) <= end - at;
        return type;
    }

    private FlowTuple tuple(int from, int end, boolean v6) {
        int seen = 0;
        int protocols = 0;
        for (int at = from; usual && at < end; at += align(at)) {
            int type = begin(at, end, seen);
            seen |= 1 << type;
            if (usual && type == CTA_TUPLE_IP) {
                readAddresses(at + HEADER_LENGTH, at + length(at), v6);
            } else if (usual && type == CTA_TUPLE_PROTO) {
                protocols = readProtocol(at + HEADER_LENGTH, at + length(at));
            } else {
                usual = false;
            }
        }
        usual &= seen == (1 << CTA_TUPLE_IP | 1 << CTA_TUPLE_PROTO);
        Layer4 layer4 = usual ? layer4(protocols) : null;
        usual &= layer4 != null;
        return usual ? new FlowTuple(source, destination, Protocol.of(protocol), layer4) : null;
    }

    private void readAddresses(int from, int end, boolean v6) {
        int seen = 0;
        for (int at = from; usual && at < end; at += align(at)) {
            int type = begin(at, end, seen);
            seen |= 1 << type;
            require(at, v6 ? IpAddress.MAX_LENGTH : Integer.BYTES);
            if (usual && type == (v6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC)) {
                source = IpAddress.read(network, at + HEADER_LENGTH, v6);
            } else if (usual) {
                destination = IpAddress.read(network, at + HEADER_LENGTH, v6);
            }
        }
        usual &= seen == (v6 ? ALL_ADDRESSES_V6 : ALL_ADDRESSES_V4);
    }

    /** Reads protocol, ports and ICMP fields, and returns the bits of their types. */
    private int readProtocol(int from, int end) {
        int seen = 0;
        for (int at = from; usual && at < end; at += align(at)) {
            int type = begin(at, end, seen);
            seen |= 1 << type;
            switch (type) {
                case CTA_PROTO_NUM -> protocol = u8(at);
                case CTA_PROTO_SRC_PORT, CTA_PROTO_ICMP_ID, CTA_PROTO_ICMPV6_ID -> first = u16(at);
                case CTA_PROTO_DST_PORT -> second = u16(at);
                case CTA_PROTO_ICMP_TYPE, CTA_PROTO_ICMPV6_TYPE -> second = u8(at);
                case CTA_PROTO_ICMP_CODE, CTA_PROTO_ICMPV6_CODE -> third = u8(at);
                default -> usual = false;
            }
        }
        return seen;
    }

    private Layer4 layer4(int seen) {
        return switch (protocol) {
            case 6, 17, 136 -> seen == ALL_PORTS ? new Layer4.Ports(first, second) : null;
            case 1 -> seen == ALL_ICMP ? new Layer4.Icmp(second, third, first) : null;
            case 58 -> seen == ALL_ICMPV6 ? new Layer4.Icmp(second, third, first) : null;
            default -> null;
        };
    }

    /** Reads the flags of a connection. */
    private void readTcp(int from, int end) {
        int type = begin(from, end, 0);
        usual &= type == CTA_PROTOINFO_TCP && length(from) == end - from;
        int seen = 0;
        for (int at = from + HEADER_LENGTH; usual && at < end; at += align(at)) {
            int field = begin(at, end, seen);
            seen |= 1 << field;
            switch (field) {
                case CTA_PROTOINFO_TCP_STATE, CTA_PROTOINFO_TCP_WSCALE_ORIGINAL, CTA_PROTOINFO_TCP_WSCALE_REPLY ->
                    require(at, 1);
                // struct nf_ct_tcp_flags {u8 flags, mask}
                case CTA_PROTOINFO_TCP_FLAGS_ORIGINAL -> originalFlags = u16(at) >> 8;
                case CTA_PROTOINFO_TCP_FLAGS_REPLY -> replyFlags = u16(at) >> 8;
                default -> usual = false;
            }
        }
        usual &= (seen & ALL_OF_TCP) == ALL_OF_TCP;
    }

    private void require(int at, int valueLength) {
        usual &= length(at) == HEADER_LENGTH + valueLength;
    }

    private int u8(int at) {
        require(at, 1);
        return usual ? bytes[at + HEADER_LENGTH] & 0xff : 0;
    }

    private int u16(int at) {
        require(at, Short.BYTES);
        return usual ? (bytes[at + HEADER_LENGTH] & 0xff) << 8 | bytes[at + HEADER_LENGTH + 1] & 0xff : 0;
    }

    private long u32(int at) {
        require(at, Integer.BYTES);
        return usual ? Integer.toUnsignedLong(network.getInt(at + HEADER_LENGTH)) : 0;
    }

    private long micros(int at, long received) {
        require(at, Long.BYTES);
        long nanos = usual ? network.getLong(at + HEADER_LENGTH) : 0;
        return nanos == 0 ? received : nanos / FlowDecoder.NANOS_PER_MICRO;
    }

    /** Returns the length of an attribute with its header. */
    private int length(int at) {
        return nativeShort(at);
    }

    /** Returns the length of an attribute with its header and padding; at least 4. */
    private int align(int at) {
        return NetlinkAttributes.align(Math.max(length(at), HEADER_LENGTH));
    }

    private int nativeShort(int at) {
        int low = bytes[at] & 0xff;
        int high = bytes[at + 1] & 0xff;
        return BIG_ENDIAN ? low << 8 | high : high << 8 | low;
    }
}
