// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/**
 * Attributes of a flow as libnetfilter_conntrack numbers them. The numbers are those of {@code enum nf_conntrack_attr}
 * and {@code enum nf_conntrack_attr_grp}. Also the attributes of the message that the library does not parse
 * ({@code linux/netfilter/nfnetlink_conntrack.h}).
 */
final class ConntrackAttribute {
    static final int ATTR_ORIG_L3PROTO = 15;
    static final int ATTR_ORIG_L4PROTO = 17;
    static final int ATTR_MARK = 25;
    static final int ATTR_ORIG_COUNTER_PACKETS = 26;
    static final int ATTR_REPL_COUNTER_PACKETS = 27;
    static final int ATTR_ORIG_COUNTER_BYTES = 28;
    static final int ATTR_REPL_COUNTER_BYTES = 29;
    static final int ATTR_ID = 31;
    static final int ATTR_TCP_FLAGS_ORIG = 33;
    static final int ATTR_TCP_FLAGS_REPL = 34;
    static final int ATTR_ZONE = 61;
    static final int ATTR_TIMESTAMP_START = 63;
    static final int ATTR_TIMESTAMP_STOP = 64;

    /** {@code struct nfct_attr_grp_ipv4 {u32 src, dst}} */
    static final int ATTR_GRP_ORIG_IPV4 = 0;

    static final int ATTR_GRP_REPL_IPV4 = 1;
    /** {@code struct nfct_attr_grp_ipv6 {u32 src[4], dst[4]}} */
    static final int ATTR_GRP_ORIG_IPV6 = 2;

    static final int ATTR_GRP_REPL_IPV6 = 3;
    /** {@code struct nfct_attr_grp_port {u16 sport, dport}} */
    static final int ATTR_GRP_ORIG_PORT = 4;

    static final int ATTR_GRP_REPL_PORT = 5;

    /** {@code enum ctattr_type}: attributes of the message. */
    static final int CTA_TUPLE_ORIG = 1;

    static final int CTA_TUPLE_REPLY = 2;
    static final int CTA_STATUS = 3;
    static final int CTA_PROTOINFO = 4;
    static final int CTA_TIMEOUT = 7;
    static final int CTA_MARK = 8;
    static final int CTA_USE = 11;
    static final int CTA_ID = 12;
    static final int CTA_ZONE = 18;
    static final int CTA_TIMESTAMP = 20;
    /** be64, nanoseconds since the epoch; Linux 6.14. */
    static final int CTA_TIMESTAMP_EVENT = 27;

    /** {@code enum ctattr_tuple} */
    static final int CTA_TUPLE_IP = 1;

    static final int CTA_TUPLE_PROTO = 2;

    /** {@code enum ctattr_ip} */
    static final int CTA_IP_V4_SRC = 1;

    static final int CTA_IP_V4_DST = 2;
    static final int CTA_IP_V6_SRC = 3;
    static final int CTA_IP_V6_DST = 4;

    /** {@code enum ctattr_l4proto}: a u8 and two be16. */
    static final int CTA_PROTO_NUM = 1;

    static final int CTA_PROTO_SRC_PORT = 2;
    static final int CTA_PROTO_DST_PORT = 3;

    /** A be16 and two u8; then the same for ICMPv6. */
    static final int CTA_PROTO_ICMP_ID = 4;

    static final int CTA_PROTO_ICMP_TYPE = 5;
    static final int CTA_PROTO_ICMP_CODE = 6;
    static final int CTA_PROTO_ICMPV6_ID = 7;
    static final int CTA_PROTO_ICMPV6_TYPE = 8;
    static final int CTA_PROTO_ICMPV6_CODE = 9;

    /** {@code enum ctattr_protoinfo} and {@code enum ctattr_protoinfo_tcp}: three u8, two {@code struct nf_ct_tcp_flags}. */
    static final int CTA_PROTOINFO_TCP = 1;

    static final int CTA_PROTOINFO_TCP_STATE = 1;
    static final int CTA_PROTOINFO_TCP_WSCALE_ORIGINAL = 2;
    static final int CTA_PROTOINFO_TCP_WSCALE_REPLY = 3;
    static final int CTA_PROTOINFO_TCP_FLAGS_ORIGINAL = 4;
    static final int CTA_PROTOINFO_TCP_FLAGS_REPLY = 5;

    /** {@code enum ctattr_tstamp}: be64, nanoseconds since the epoch. */
    static final int CTA_TIMESTAMP_START = 1;

    private ConntrackAttribute() {}
}
