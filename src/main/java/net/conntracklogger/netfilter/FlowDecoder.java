// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.netfilter.ConntrackAttribute.*;
import static net.conntracklogger.netfilter.LibNetfilterConntrack.*;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.Optional;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkHeader;

/**
 * Decodes ctnetlink messages into events. Usual messages of new flows are decoded by {@link NewFlowPass}, others by the
 * parser of libnetfilter_conntrack. Needs no privilege. Events do not refer to the message's memory. Not thread-safe.
 */
public final class FlowDecoder implements AutoCloseable {
    private static final int GROUP_LENGTH = 2 * IpAddress.MAX_LENGTH;
    static final long NANOS_PER_MICRO = 1000;
    /** {@code linux/netfilter/nf_conntrack_tcp.h} */
    private static final int IP_CT_TCP_FLAG_WINDOW_SCALE = 0x01;

    private static final int IP_CT_TCP_FLAG_BE_LIBERAL = 0x08;

    private final Optional<NewFlowPass> pass;
    private final FlowEvent.Kind ofTable;
    private final NativeBuffer group = new NativeBuffer(GROUP_LENGTH);

    public FlowDecoder() {
        this(Optional.of(new NewFlowPass()));
    }

    /** @param pass decodes usual messages faster; empty to use the library for all */
    FlowDecoder(Optional<NewFlowPass> pass) {
        this(pass, FlowEvent.Kind.EXISTING);
    }

    private FlowDecoder(Optional<NewFlowPass> pass, FlowEvent.Kind ofTable) {
        this.pass = pass;
        this.ofTable = ofTable;
    }

    /** Returns a decoder that takes flows of the table as {@link FlowEvent.Kind#PROGRESS}, with their figures. */
    static FlowDecoder ofProgress() {
        return new FlowDecoder(Optional.empty(), FlowEvent.Kind.PROGRESS);
    }

    /**
     * Decodes one message: an event, or a part of the table.
     *
     * @param message holds a {@code struct nlmsghdr} at {@code offset}
     * @param length bytes from there on
     * @param received when the message was received, in microseconds since the epoch; 0 if that is not when it was sent
     * @return the event; null if the message reports a change of a flow
     * @throws MalformedEventException if the message is cut off, or lacks what every flow has
     */
    public FlowEvent decode(NativeBuffer message, int offset, int length, long received)
            throws MalformedEventException {
        ByteBuffer bytes = message.bytes();
        if (length < NFGENMSG_END) {
            throw new MalformedEventException("message of " + length + " bytes, shorter than its headers");
        }
        int claimed = NetlinkHeader.length(bytes, offset);
        if (claimed < NFGENMSG_END || claimed > length) {
            throw new MalformedEventException("message of " + length + " bytes claims " + claimed);
        }
        int type = NetlinkHeader.type(bytes, offset);
        if (type >> 8 != NFNL_SUBSYS_CTNETLINK) {
            throw new MalformedEventException("message type " + type + " is not of conntrack");
        }
        FlowEvent.Kind kind = kind(type & 0xff, NetlinkHeader.flags(bytes, offset));
        if (kind == null) {
            return null;
        }
        if (kind == FlowEvent.Kind.NEW && pass.isPresent()) {
            FlowEvent usual = pass.get().decode(bytes, offset + NetlinkHeader.SIZE, offset + claimed, received);
            if (usual != null) {
                return usual;
            }
        }
        return decodeByLibrary(kind, message, offset, claimed, received);
    }

    private FlowEvent decodeByLibrary(FlowEvent.Kind kind, NativeBuffer message, int offset, int claimed, long received)
            throws MalformedEventException {
        ByteBuffer bytes = message.bytes();
        AttributeRules.FLOW.check(bytes, offset + NFGENMSG_END, offset + claimed);
        Pointer flow = nfct_new();
        if (flow == null) {
            throw new OutOfMemoryError("nfct_new");
        }
        try {
            if (nfct_nlmsg_parse(message.pointer().share(offset), flow) < 0) {
                throw new MalformedEventException("libnetfilter_conntrack cannot parse it");
            }
            return event(kind, flow, bytes, offset + NFGENMSG_END, offset + claimed, received);
        } finally {
            nfct_destroy(flow);
        }
    }

    /** Returns null for a change. Messages of new flows, of changes and of the table have the same type. */
    private FlowEvent.Kind kind(int type, int flags) {
        if (type == IPCTNL_MSG_CT_DELETE) {
            return FlowEvent.Kind.END;
        }
        if (type != IPCTNL_MSG_CT_NEW) {
            return null;
        }
        if ((flags & NetlinkHeader.NLM_F_MULTI) != 0) {
            return ofTable;
        }
        return (flags & NEW_FLAGS) == 0 ? null : FlowEvent.Kind.NEW;
    }

    private FlowEvent event(
            FlowEvent.Kind kind, Pointer flow, ByteBuffer message, int attributes, int end, long received)
            throws MalformedEventException {
        boolean v6 = isV6(flow);
        Protocol protocol = protocol(flow);
        boolean icmp = protocol.isIcmp();
        Layer4 originalLayer4 = icmp
                ? icmp(message, attributes, end, CTA_TUPLE_ORIG, protocol)
                : ports(flow, protocol, ATTR_GRP_ORIG_PORT);
        Layer4 replyLayer4 = icmp
                ? icmp(message, attributes, end, CTA_TUPLE_REPLY, protocol)
                : ports(flow, protocol, ATTR_GRP_REPL_PORT);
        FlowTuple original =
                tuple(flow, v6 ? ATTR_GRP_ORIG_IPV6 : ATTR_GRP_ORIG_IPV4, v6, protocol, originalLayer4, "original");
        FlowTuple reply = tuple(flow, v6 ? ATTR_GRP_REPL_IPV6 : ATTR_GRP_REPL_IPV4, v6, protocol, replyLayer4, "reply");
        return new FlowEvent(
                kind,
                Integer.toUnsignedLong(nfct_get_attr_u32(flow, ATTR_ID)),
                original,
                reply,
                Integer.toUnsignedLong(nfct_get_attr_u32(flow, ATTR_MARK)),
                nfct_get_attr_u16(flow, ATTR_ZONE) & 0xffff,
                protocol.equals(Protocol.TCP) && isMidstream(flow),
                began(kind, flow, message, attributes, end, received),
                kind == FlowEvent.Kind.END || kind == FlowEvent.Kind.PROGRESS ? figures(flow) : null,
                /* namespace= */ null);
    }

    private static boolean isV6(Pointer flow) throws MalformedEventException {
        return switch (nfct_get_attr_u8(flow, ATTR_ORIG_L3PROTO)) {
            case LibC.AF_INET -> false;
            case LibC.AF_INET6 -> true;
            default -> throw new MalformedEventException("no IPv4 or IPv6 tuple");
        };
    }

    private static Protocol protocol(Pointer flow) throws MalformedEventException {
        if (nfct_attr_is_set(flow, ATTR_ORIG_L4PROTO) <= 0) {
            throw new MalformedEventException("no protocol");
        }
        return Protocol.of(nfct_get_attr_u8(flow, ATTR_ORIG_L4PROTO) & 0xff);
    }

    /**
     * Returns when the flow began, in microseconds since the epoch. The time is that of the kernel's clock if
     * nf_conntrack_timestamp is on. Otherwise returns {@code received} for a new flow and 0 for others. For new flows
     * the kernel sends the time since Linux 6.14, as the time of the event, which the library does not parse.
     */
    private static long began(
            FlowEvent.Kind kind, Pointer flow, ByteBuffer message, int attributes, int end, long received) {
        if (kind != FlowEvent.Kind.NEW) {
            return nfct_get_attr_u64(flow, ATTR_TIMESTAMP_START) / NANOS_PER_MICRO;
        }
        int event = NetlinkAttributes.find(message, attributes, end, CTA_TIMESTAMP_EVENT);
        long nanos = event < 0 ? 0 : NetworkOrder.get64(message, event);
        return nanos == 0 ? received : nanos / NANOS_PER_MICRO;
    }

    private static FlowEnd figures(Pointer flow) {
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
     * Reports whether conntrack picked up a connection midstream. Conntrack then does not check windows
     * ({@code tcp_new()}), because it did not see their scales. End events lack the flags, so they are never midstream.
     */
    private static boolean isMidstream(Pointer flow) {
        return isMidstream(nfct_get_attr_u8(flow, ATTR_TCP_FLAGS_ORIG), nfct_get_attr_u8(flow, ATTR_TCP_FLAGS_REPL));
    }

    /** Reports the same for the flags of both directions, {@code IP_CT_TCP_FLAG_*}. */
    static boolean isMidstream(int original, int reply) {
        return ((original | reply) & IP_CT_TCP_FLAG_BE_LIBERAL) != 0
                // Offloading a flow to a flowtable makes conntrack liberal too, but conntrack has seen the scales.
                && (original & reply & IP_CT_TCP_FLAG_WINDOW_SCALE) == 0;
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
        // PPTP over GRE has call ids instead of ports; all other GRE has 0.
        if (protocol.equals(Protocol.GRE) || nfct_get_attr_grp(flow, ports, group.pointer()) < 0) {
            return Layer4.None.NONE;
        }
        return new Layer4.Ports(NetworkOrder.get16(group.bytes(), 0), NetworkOrder.get16(group.bytes(), Short.BYTES));
    }

    /**
     * Reads a tuple's ICMP fields from the message. The library keeps those of one tuple only, and NAT may change the
     * identifier.
     */
    private static Layer4 icmp(ByteBuffer message, int attributes, int end, int which, Protocol protocol) {
        boolean v6 = protocol.equals(Protocol.ICMPV6);
        int tuple = NetlinkAttributes.find(message, attributes, end, which);
        int nest = NetlinkAttributes.find(message, tuple, CTA_TUPLE_PROTO);
        int id = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID);
        int type = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE);
        int code = NetlinkAttributes.find(message, nest, v6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE);
        return id < 0 || type < 0 || code < 0
                ? Layer4.None.NONE
                : new Layer4.Icmp(message.get(type) & 0xff, message.get(code) & 0xff, NetworkOrder.get16(message, id));
    }

    @Override
    public void close() {
        group.close();
    }
}
