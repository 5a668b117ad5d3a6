// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import net.conntracklogger.linux.netlink.NetlinkHeader;

/**
 * Calls of {@code libnetfilter_conntrack.so.3}, direct-mapped. Constants keep their names from
 * {@code libnetfilter_conntrack/libnetfilter_conntrack.h}, {@code linux/netfilter/nfnetlink.h} and
 * {@code linux/netfilter/nfnetlink_conntrack.h}.
 */
final class LibNetfilterConntrack {
    /** {@code NFNL_SUBSYS_CTNETLINK}, the high byte of a message's type. */
    static final int NFNL_SUBSYS_CTNETLINK = 1;

    /** {@code enum cntl_msg_types}, the low byte of a message's type. */
    static final int IPCTNL_MSG_CT_NEW = 0;

    static final int IPCTNL_MSG_CT_GET = 1;
    static final int IPCTNL_MSG_CT_DELETE = 2;

    /** {@code struct nfgenmsg {u8 family; u8 version; be16 res_id}} after the netlink header, in bytes. */
    static final int NFGENMSG_LENGTH = 4;

    static final int NFGENMSG_END = NetlinkHeader.SIZE + NFGENMSG_LENGTH;

    /** {@code NF_NETLINK_CONNTRACK_*} of {@code linux/netfilter/nfnetlink_compat.h}: a multicast group as a bit. */
    static final int NF_NETLINK_CONNTRACK_NEW = 0x00000001;

    /** {@code NLM_F_CREATE | NLM_F_EXCL}: {@code ctnetlink_conntrack_event()} sets both on the event of a new flow. */
    static final int NEW_FLAGS = 0x600;

    static {
        Native.register(LibNetfilterConntrack.class, "libnetfilter_conntrack.so.3");
    }

    private LibNetfilterConntrack() {}

    /** {@code struct nf_conntrack *nfct_new(void);} */
    static native Pointer nfct_new();

    /** {@code void nfct_destroy(struct nf_conntrack *ct);} */
    static native void nfct_destroy(Pointer ct);

    /** {@code int nfct_nlmsg_parse(const struct nlmsghdr *nlh, struct nf_conntrack *ct);} */
    static native int nfct_nlmsg_parse(Pointer nlh, Pointer ct);

    /** {@code int nfct_attr_is_set(const struct nf_conntrack *ct, const enum nf_conntrack_attr type);} */
    static native int nfct_attr_is_set(Pointer ct, int type);

    /** {@code uint8_t nfct_get_attr_u8(const struct nf_conntrack *ct, const enum nf_conntrack_attr type);} */
    static native byte nfct_get_attr_u8(Pointer ct, int type);

    /** {@code uint16_t nfct_get_attr_u16(const struct nf_conntrack *ct, const enum nf_conntrack_attr type);} */
    static native short nfct_get_attr_u16(Pointer ct, int type);

    /** {@code uint32_t nfct_get_attr_u32(const struct nf_conntrack *ct, const enum nf_conntrack_attr type);} */
    static native int nfct_get_attr_u32(Pointer ct, int type);

    /** {@code uint64_t nfct_get_attr_u64(const struct nf_conntrack *ct, const enum nf_conntrack_attr type);} */
    static native long nfct_get_attr_u64(Pointer ct, int type);

    /**
     * {@code int nfct_get_attr_grp(const struct nf_conntrack *ct, const enum nf_conntrack_attr_grp type, void *data);}
     * Copies addresses and ports in network byte order.
     *
     * @return 0, or -1 if the flow has no such group
     */
    static native int nfct_get_attr_grp(Pointer ct, int type, Pointer data);
}
