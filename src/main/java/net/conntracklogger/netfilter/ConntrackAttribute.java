// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/** The attributes of a flow: {@code enum nf_conntrack_attr} and {@code enum nf_conntrack_attr_grp}, and what the library leaves out. */
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

    /** {@code enum ctattr_type}: of the message itself. */
    static final int CTA_TUPLE_ORIG = 1;

    static final int CTA_TUPLE_REPLY = 2;
    static final int CTA_ID = 12;
    static final int CTA_ZONE = 18;
    /** be64, nanoseconds since the epoch. */
    static final int CTA_TIMESTAMP_EVENT = 27;

    /** {@code enum ctattr_tuple} */
    static final int CTA_TUPLE_IP = 1;

    static final int CTA_TUPLE_PROTO = 2;

    /** {@code enum ctattr_ip} */
    static final int CTA_IP_V4_SRC = 1;

    static final int CTA_IP_V4_DST = 2;
    static final int CTA_IP_V6_SRC = 3;
    static final int CTA_IP_V6_DST = 4;

    /** {@code enum ctattr_l4proto}: u8, and be16 twice. */
    static final int CTA_PROTO_NUM = 1;

    static final int CTA_PROTO_SRC_PORT = 2;
    static final int CTA_PROTO_DST_PORT = 3;

    /** be16, u8 and u8; those of ICMPv6 are after them. */
    static final int CTA_PROTO_ICMP_ID = 4;

    static final int CTA_PROTO_ICMP_TYPE = 5;
    static final int CTA_PROTO_ICMP_CODE = 6;
    static final int CTA_PROTO_ICMPV6_ID = 7;
    static final int CTA_PROTO_ICMPV6_TYPE = 8;
    static final int CTA_PROTO_ICMPV6_CODE = 9;

    private ConntrackAttribute() {}
}
