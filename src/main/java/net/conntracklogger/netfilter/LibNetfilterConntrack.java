// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/**
 * {@code libnetfilter_conntrack.so.3}, direct-mapped. Constants keep their names from
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

    /** {@code NF_NETLINK_CONNTRACK_*}, bits of the subscription. */
    static final int NF_NETLINK_CONNTRACK_NEW = 0x00000001;

    static final int NF_NETLINK_CONNTRACK_DESTROY = 0x00000004;

    /** {@code NLM_F_CREATE | NLM_F_EXCL}: ctnetlink sets them on the event of a new flow. */
    static final int NEW_FLAGS = 0x600;

    static {
        Native.register(LibNetfilterConntrack.class, "libnetfilter_conntrack.so.3");
    }

    private LibNetfilterConntrack() {}

    /** {@code struct nfct_handle *nfct_open(uint8_t subsys_id, unsigned subscriptions);} */
    static native Pointer nfct_open(byte subsysId, int subscriptions);

    /** {@code int nfct_close(struct nfct_handle *cth);} */
    static native int nfct_close(Pointer cth);

    /** {@code int nfct_fd(struct nfct_handle *cth);} */
    static native int nfct_fd(Pointer cth);

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
     * Addresses and ports are copied in network byte order.
     *
     * @return 0, or -1 where the flow has no such group
     */
    static native int nfct_get_attr_grp(Pointer ct, int type, Pointer data);
}
