// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Turns ctnetlink messages into events, with the library's own parser. Needs no privilege. Not safe for use by several
 * threads. Nothing that it returns refers to the message's memory.
 */
public final class FlowDecoder implements AutoCloseable {
    /** struct nlmsghdr and struct nfgenmsg. */
    private static final int SHORTEST = NetlinkSocket.HEADER_LENGTH + 4;

    private static final int GROUP_LENGTH = 2 * IpAddress.MAX_LENGTH;
    private static final long NANOS_PER_MICRO = 1000;
    /** {@code linux/netfilter/nf_conntrack_tcp.h} */
    private static final int IP_CT_TCP_FLAG_WINDOW_SCALE = 0x01;

    private static final int IP_CT_TCP_FLAG_BE_LIBERAL = 0x08;

    private final NativeBuffer group = new NativeBuffer(GROUP_LENGTH);

    /**
     * Decodes one message: an event, or a part of the table.
     *
     * @param message holds a {@code struct nlmsghdr} at {@code offset}
     * @param length bytes from there on
     * @param received when it came, microseconds since the epoch
     * @return the event; null where the message tells of a change in a flow
     * @throws MalformedEventException where it is cut short, or lacks what every flow has
     */
    public FlowEvent decode(NativeBuffer message, int offset, int length, long received)
            throws MalformedEventException {
        ByteBuffer bytes = message.bytes();
        if (length < SHORTEST) {
            throw new MalformedEventException("message of " + length + " bytes, shorter than its headers");
        }
        int claimed = bytes.getInt(offset);
        if (claimed < SHORTEST || claimed > length) {
            throw new MalformedEventException("message of " + length + " bytes says that it has " + claimed);
        }
        int type = bytes.getShort(offset + 4);
        if (type >> 8 != NFNL_SUBSYS_CTNETLINK) {
            throw new MalformedEventException("message type " + type + " is not one of conntrack's");
        }
        FlowEvent.Kind kind = kind(type & 0xff, bytes.getShort(offset + 6));
        if (kind == null) {
            return null;
        }
        AttributeRules.FLOW.check(bytes, offset + SHORTEST, offset + claimed);
        Pointer flow = nfct_new();
        if (flow == null) {
            throw new OutOfMemoryError("nfct_new");
        }
        try {
            if (nfct_nlmsg_parse(message.pointer().share(offset), flow) < 0) {
                throw new MalformedEventException("libnetfilter_conntrack cannot parse it");
            }
            return event(kind, flow, bytes, offset + SHORTEST, offset + claimed, received);
        } finally {
            nfct_destroy(flow);
        }
    }

    /** Null for a change: what the kernel sends of a new flow, of a change and of the table has the same type. */
    private static FlowEvent.Kind kind(int type, int flags) {
        if (type == IPCTNL_MSG_CT_DELETE) {
            return FlowEvent.Kind.END;
        }
        if (type != IPCTNL_MSG_CT_NEW) {
            return null;
        }
        if ((flags & NetlinkSocket.NLM_F_MULTI) != 0) {
            return FlowEvent.Kind.EXISTING;
        }
        return (flags & NEW_FLAGS) == 0 ? null : FlowEvent.Kind.NEW;
    }

    private FlowEvent event(
            FlowEvent.Kind kind, Pointer flow, ByteBuffer message, int attributes, int end, long received)
            throws MalformedEventException {
        boolean v6 = switch (nfct_get_attr_u8(flow, ATTR_ORIG_L3PROTO)) {
            case LibC.AF_INET -> false;
            case LibC.AF_INET6 -> true;
            default -> throw new MalformedEventException("no IPv4 or IPv6 tuple");
        };
        if (nfct_attr_is_set(flow, ATTR_ORIG_L4PROTO) <= 0) {
            throw new MalformedEventException("no protocol");
        }
        Protocol protocol = Protocol.of(nfct_get_attr_u8(flow, ATTR_ORIG_L4PROTO) & 0xff);
        boolean icmp = protocol.isIcmp();
        Layer4 sent = icmp
                ? icmp(message, attributes, end, CTA_TUPLE_ORIG, protocol)
                : ports(flow, protocol, ATTR_GRP_ORIG_PORT);
        Layer4 answer = icmp
                ? icmp(message, attributes, end, CTA_TUPLE_REPLY, protocol)
                : ports(flow, protocol, ATTR_GRP_REPL_PORT);
        FlowTuple original = tuple(flow, v6 ? ATTR_GRP_ORIG_IPV6 : ATTR_GRP_ORIG_IPV4, v6, protocol, sent, "original");
        FlowTuple reply = tuple(flow, v6 ? ATTR_GRP_REPL_IPV6 : ATTR_GRP_REPL_IPV4, v6, protocol, answer, "reply");
        return new FlowEvent(
                kind,
                Integer.toUnsignedLong(nfct_get_attr_u32(flow, ATTR_ID)),
                original,
                reply,
                Integer.toUnsignedLong(nfct_get_attr_u32(flow, ATTR_MARK)),
                nfct_get_attr_u16(flow, ATTR_ZONE) & 0xffff,
                protocol.equals(Protocol.TCP) && isMidstream(flow),
                began(kind, flow, message, attributes, end, received),
                kind == FlowEvent.Kind.END ? end(flow) : null,
                /* namespace= */ null);
    }

    /**
     * By the kernel's own clock, microseconds since the epoch, where nf_conntrack_timestamp is on. Where not: 0, and of a new
     * flow when it was received. Linux tells it of new flows since 6.14, by a time of the event that the library does not
     * know.
     */
    private static long began(
            FlowEvent.Kind kind, Pointer flow, ByteBuffer message, int attributes, int end, long received) {
        if (kind != FlowEvent.Kind.NEW) {
            return nfct_get_attr_u64(flow, ATTR_TIMESTAMP_START) / NANOS_PER_MICRO;
        }
        int event = NetlinkAttributes.find(message, attributes, end, CTA_TIMESTAMP_EVENT);
        long nanos = event < 0 ? 0 : bigEndianLong(message, event);
        return nanos == 0 ? received : nanos / NANOS_PER_MICRO;
    }

    private static FlowEnd end(Pointer flow) {
        long started = nfct_get_attr_u64(flow, ATTR_TIMESTAMP_START);
        long stopped = nfct_get_attr_u64(flow, ATTR_TIMESTAMP_STOP);
        return new FlowEnd(
                started > 0 && stopped >= started ? (stopped - started) / NANOS_PER_MICRO : FlowEnd.UNKNOWN,
                counter(flow, ATTR_ORIG_COUNTER_BYTES),
                counter(flow, ATTR_ORIG_COUNTER_PACKETS),
                counter(flow, ATTR_REPL_COUNTER_BYTES),
                counter(flow, ATTR_REPL_COUNTER_PACKETS));
    }

    private static long counter(Pointer flow, int attribute) {
        return nfct_attr_is_set(flow, attribute) > 0 ? nfct_get_attr_u64(flow, attribute) : FlowEnd.UNKNOWN;
    }

    /**
     * Whether conntrack took a connection up in the middle: then it gives up checking windows ({@code tcp_new()} in the
     * kernel), of which it did not see the scales. Not told when a flow ends.
     */
    private static boolean isMidstream(Pointer flow) {
        int sent = nfct_get_attr_u8(flow, ATTR_TCP_FLAGS_ORIG);
        int answered = nfct_get_attr_u8(flow, ATTR_TCP_FLAGS_REPL);
        return ((sent | answered) & IP_CT_TCP_FLAG_BE_LIBERAL) != 0
                // A flow table that flows are offloaded to makes conntrack liberal too, but it has seen the scales.
                && (sent & answered & IP_CT_TCP_FLAG_WINDOW_SCALE) == 0;
    }

    private FlowTuple tuple(Pointer flow, int addresses, boolean v6, Protocol protocol, Layer4 layer4, String which)
            throws MalformedEventException {
        if (nfct_get_attr_grp(flow, addresses, group.pointer()) < 0) {
            throw new MalformedEventException("no addresses in the " + which + " tuple");
        }
        IpAddress source = IpAddress.read(group.bytes(), 0, v6);
        IpAddress destination = IpAddress.read(group.bytes(), source.length(), v6);
        return new FlowTuple(source, destination, protocol, layer4);
    }

    private Layer4 ports(Pointer flow, Protocol protocol, int ports) {
        // What GRE has there are the call ids of PPTP: no ports, and 0 in all other GRE.
        if (protocol.equals(Protocol.GRE) || nfct_get_attr_grp(flow, ports, group.pointer()) < 0) {
            return Layer4.None.NONE;
        }
        return new Layer4.Ports(bigEndian(group.bytes(), 0), bigEndian(group.bytes(), 2));
    }

    /** From the message itself, as the library keeps those of one tuple alone, and NAT may change the identifier. */
    private static Layer4 icmp(ByteBuffer message, int attributes, int end, int which, Protocol protocol) {
        boolean v6 = protocol.equals(Protocol.ICMPV6);
        int tuple = NetlinkAttributes.find(message, attributes, end, which);
        int nest = NetlinkAttributes.find(message, tuple, CTA_TUPLE_PROTO);
        int id = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID);
        int type = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE);
        int code = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE);
        return id < 0 || type < 0 || code < 0
                ? Layer4.None.NONE
                : new Layer4.Icmp(message.get(type) & 0xff, message.get(code) & 0xff, bigEndian(message, id));
    }

    /** Ports and identifiers are in network byte order there. */
    private static int bigEndian(ByteBuffer bytes, int offset) {
        short number = bytes.getShort(offset);
        return (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Short.reverseBytes(number)) & 0xffff;
    }

    private static long bigEndianLong(ByteBuffer bytes, int offset) {
        long number = bytes.getLong(offset);
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? number : Long.reverseBytes(number);
    }

    @Override
    public void close() {
        group.close();
    }
}
