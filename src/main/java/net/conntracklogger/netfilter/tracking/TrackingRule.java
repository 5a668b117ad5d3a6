// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkMessage;

/** Writes requests of nftables about one table of family inet ({@code linux/netfilter/nf_tables.h}). */
final class TrackingRule {
    /** {@code linux/netfilter/nfnetlink.h} */
    private static final int NFNL_SUBSYS_NFTABLES = 10;

    private static final int NFNL_MSG_BATCH_BEGIN = 0x10;
    private static final int NFNL_MSG_BATCH_END = 0x11;
    /** {@code struct nfgenmsg {u8 family; u8 version; be16 res_id}} */
    private static final int NFGENMSG_LENGTH = 4;

    private static final int NFGENMSG_RES_ID = 2;

    /** {@code linux/netfilter.h} */
    private static final int NFPROTO_INET = 1;

    private static final int NFT_MSG_NEWTABLE = 0;
    private static final int NFT_MSG_GETTABLE = 1;
    private static final int NFT_MSG_NEWCHAIN = 3;
    private static final int NFT_MSG_NEWRULE = 6;

    private static final int NFTA_TABLE_NAME = 1;
    private static final int NFTA_TABLE_FLAGS = 2;
    private static final int NFT_TABLE_F_OWNER = 2;
    private static final int NFTA_CHAIN_TABLE = 1;
    private static final int NFTA_CHAIN_NAME = 3;
    private static final int NFTA_RULE_TABLE = 1;
    private static final int NFTA_RULE_CHAIN = 2;
    private static final int NFTA_RULE_EXPRESSIONS = 4;
    private static final int NFTA_LIST_ELEM = 1;
    private static final int NFTA_EXPR_NAME = 1;
    private static final int NFTA_EXPR_DATA = 2;
    private static final int NFTA_DATA_VALUE = 1;

    private static final int NFT_REG_1 = 1;
    private static final int NFTA_CT_DREG = 1;
    private static final int NFTA_CT_KEY = 2;
    private static final int NFT_CT_STATE = 0;
    private static final int NFTA_BITWISE_SREG = 1;
    private static final int NFTA_BITWISE_DREG = 2;
    private static final int NFTA_BITWISE_LEN = 3;
    private static final int NFTA_BITWISE_MASK = 4;
    private static final int NFTA_BITWISE_XOR = 5;
    private static final int NFTA_CMP_SREG = 1;
    private static final int NFTA_CMP_OP = 2;
    private static final int NFTA_CMP_DATA = 3;
    private static final int NFT_CMP_NEQ = 1;
    /** {@code NF_CT_STATE_BIT(IP_CT_NEW)} of {@code linux/netfilter/nf_conntrack_common.h} */
    private static final int STATE_NEW = 1 << 3;

    private static final String CHAIN = "enable_tracking";

    private TrackingRule() {}

    /** Writes a request for the table. */
    static void writeLookup(NetlinkConnection connection, String table) {
        NetlinkMessage request = connection.begin(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0);
        putFamily(request);
        request.put(NFTA_TABLE_NAME, table);
    }

    /**
     * Writes a request that adds a table with owner, a chain and a rule. No hook calls the chain, and the rule is
     * {@code ct state new}.
     */
    static void writeAddition(NetlinkConnection connection, String table) {
        NetlinkMessage request = connection.begin(NFNL_MSG_BATCH_BEGIN, 0);
        putSubsystem(request);
        beginNext(request, NFT_MSG_NEWTABLE, NetlinkHeader.NLM_F_EXCL);
        request.put(NFTA_TABLE_NAME, table);
        request.putNetworkOrder32(NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
        beginNext(request, NFT_MSG_NEWCHAIN, NetlinkHeader.NLM_F_EXCL);
        request.put(NFTA_CHAIN_TABLE, table);
        request.put(NFTA_CHAIN_NAME, CHAIN);
        beginNext(request, NFT_MSG_NEWRULE, NetlinkHeader.NLM_F_APPEND | NetlinkHeader.NLM_F_ACK);
        request.put(NFTA_RULE_TABLE, table);
        request.put(NFTA_RULE_CHAIN, CHAIN);
        putExpressions(request);
        request.beginNext(NFNL_MSG_BATCH_END, 0);
        putSubsystem(request);
    }

    private static void beginNext(NetlinkMessage request, int type, int flags) {
        request.beginNext(NFNL_SUBSYS_NFTABLES << 8 | type, flags | NetlinkHeader.NLM_F_CREATE);
        putFamily(request);
    }

    private static void putFamily(NetlinkMessage request) {
        int header = request.putHeader(NFGENMSG_LENGTH);
        request.bytes().put(header, (byte) NFPROTO_INET);
    }

    private static void putSubsystem(NetlinkMessage request) {
        int header = request.putHeader(NFGENMSG_LENGTH);
        NetworkOrder.put16(request.bytes(), header + NFGENMSG_RES_ID, NFNL_SUBSYS_NFTABLES);
    }

    private static void putExpressions(NetlinkMessage request) {
        int all = request.beginNest(NFTA_RULE_EXPRESSIONS);
        put(request, "ct", () -> {
            request.putNetworkOrder32(NFTA_CT_DREG, NFT_REG_1);
            request.putNetworkOrder32(NFTA_CT_KEY, NFT_CT_STATE);
        });
        put(request, "bitwise", () -> {
            request.putNetworkOrder32(NFTA_BITWISE_SREG, NFT_REG_1);
            request.putNetworkOrder32(NFTA_BITWISE_DREG, NFT_REG_1);
            request.putNetworkOrder32(NFTA_BITWISE_LEN, Integer.BYTES);
            putValue(request, NFTA_BITWISE_MASK, STATE_NEW);
            putValue(request, NFTA_BITWISE_XOR, 0);
        });
        put(request, "cmp", () -> {
            request.putNetworkOrder32(NFTA_CMP_SREG, NFT_REG_1);
            request.putNetworkOrder32(NFTA_CMP_OP, NFT_CMP_NEQ);
            putValue(request, NFTA_CMP_DATA, 0);
        });
        request.endNest(all);
    }

    private static void put(NetlinkMessage request, String expression, Runnable parameters) {
        int element = request.beginNest(NFTA_LIST_ELEM);
        request.put(NFTA_EXPR_NAME, expression);
        int data = request.beginNest(NFTA_EXPR_DATA);
        parameters.run();
        request.endNest(data);
        request.endNest(element);
    }

    /** Puts the value of a register, in native byte order. */
    private static void putValue(NetlinkMessage request, int type, int value) {
        int nest = request.beginNest(type);
        request.put32(NFTA_DATA_VALUE, value);
        request.endNest(nest);
    }
}
