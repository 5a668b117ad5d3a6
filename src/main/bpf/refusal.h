/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Attempts of local sockets that never become a flow, so that conntrack does not report them: netfilter drops the packet
 * before conntrack confirms the flow, or connect() fails before it sends a packet. The hooks cost packets and connects that
 * succeed next to nothing: one runs only for packets that the kernel drops, the others compare a result.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include <asm-generic/errno.h>
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "flow_record.h"
#include "kernel_types.h"
#include "layout.h"
#include "packet.h"
#include "process.h"
#include "sock_user.h"

/*
 * Nanoseconds for which datagrams of a socket to the same peer are one attempt: conntrack would report a new flow after as
 * long without a packet (nf_conntrack_udp_timeout in nf_conntrack-sysctl.rst of the kernel).
 */
#define ATTEMPT_NANOS 30000000000

#define SIN6_LEN_RFC2133 24 /* include/net/ipv6.h */

/* Arguments of the tracepoint kfree_skb, include/trace/events/skb.h. */
enum drop { DROP_PACKET, DROP_LOCATION, DROP_REASON };

/* Arguments of tcp_v4_connect() and tcp_v6_connect(), and their result. */
enum connect { CONNECT_SOCKET, CONNECT_ADDRESS, CONNECT_LENGTH, CONNECT_RESULT };

/* Key of map attempts. */
struct attempt_key {
	__u64 socket; /* cookie */
	struct flow_key flow;
};

/* Value of map attempts. Times of CLOCK_MONOTONIC, ns. */
struct attempt {
	__u64 connected; /* when the socket called connect(): another time is another attempt; 0: not TCP, or unknown */
	__u64 dropped;   /* when its latest packet was dropped */
};

/*
 * Attempts whose packets were dropped, so that each is recorded once.
 *
 * Entries are inserted in is_repeated(): tp_btf/kfree_skb.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096); /* the loader sets more for many CPUs */
	__type(key, struct attempt_key);
	__type(value, struct attempt);
} attempts SEC(".maps");

/*
 * Attempts that did not become a flow.
 *
 * Rows are appended in record_dropped_packet() and record_failed_connect().
 * Rows are removed by the service.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 524288);
} refusals SEC(".maps");

/* Reports whether a rule, or conntrack itself, refused the packet. The number of the reason depends on the kernel. */
static __always_inline bool is_by_netfilter(const __u64 *call)
{
	return (__u32)call[DROP_REASON] == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP);
}

/* Reports whether a socket in the service's network namespace, which a process can have, may begin a flow. */
static __always_inline bool may_begin_flow(const struct sock *sk)
{
	const struct sock_common *common = &sk->__sk_common;
	__u16 type = sk->sk_type;

	if (common->skc_family != AF_INET && common->skc_family != AF_INET6)
		return false;
	switch (common->skc_state) {
	case BPF_TCP_TIME_WAIT: /* struct sock is cut short */
	case BPF_TCP_NEW_SYN_RECV:
		return false;
	}
	/* Only the first SYN: conntrack has seen what a later one repeats, or its refusal has been recorded. */
	if (type == SOCK_STREAM && sk->sk_protocol == IPPROTO_TCP &&
	    (common->skc_state != BPF_TCP_SYN_SENT ||
	     BPF_CORE_READ((const struct inet_connection_sock *)sk, icsk_retransmits)))
		return false;
	/* By these the kernel answers packets of others, such as with ICMP errors. */
	if (type == SOCK_RAW && BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		return false;
	return common->skc_net.net->net_cookie == config.netns_cookie;
}

/* Reads the original tuple of a flow that conntrack has not confirmed yet. */
static __always_inline void tuple_of_conntrack(struct flow_key *key, const struct nf_conn *flow)
{
	const struct nf_conntrack_tuple *tuple = &flow->tuplehash[0].tuple;

	if (BPF_CORE_READ(tuple, src.l3num) == AF_INET) {
		map_address(key->source, BPF_CORE_READ(tuple, src.u3.all[0]));
		map_address(key->destination, BPF_CORE_READ(tuple, dst.u3.all[0]));
	} else {
		BPF_CORE_READ_INTO(&key->source, tuple, src.u3.all);
		BPF_CORE_READ_INTO(&key->destination, tuple, dst.u3.all);
	}
	key->source_port = BPF_CORE_READ(tuple, src.u.all);
	key->destination_port = BPF_CORE_READ(tuple, dst.u.all);
	key->protocol = BPF_CORE_READ(tuple, dst.protonum);
}

/* Reads the tuple of a packet that was dropped before conntrack saw it. */
static __always_inline void tuple_of_untracked(struct flow_key *key, const struct sk_buff *skb)
{
	const unsigned char *network = skb->head + skb->network_header, *transport = skb->head + skb->transport_header;
	struct ipv6hdr ipv6;
	struct iphdr ip;

	bpf_probe_read_kernel(&ip, sizeof(ip), network);
	if (ip.version == 4) {
		map_address(key->source, ip.saddr);
		map_address(key->destination, ip.daddr);
		key->protocol = ip.protocol;
	} else {
		bpf_probe_read_kernel(&ipv6, sizeof(ipv6), network);
		__builtin_memcpy(key->source, &ipv6.saddr, sizeof(key->source));
		__builtin_memcpy(key->destination, &ipv6.daddr, sizeof(key->destination));
		key->protocol = ipv6.nexthdr;
	}
	switch (key->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		bpf_probe_read_kernel(&key->source_port, 4, transport);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		bpf_probe_read_kernel(&key->destination_port, 2, transport);
		bpf_probe_read_kernel(&key->source_port, 2, transport + 4);
	}
}

/* Reads the tuple of a dropped packet; reports whether it would have begun a flow. */
static __always_inline bool tuple_of_dropped(struct flow_key *key, const struct sk_buff *skb)
{
	const struct nf_conn *flow = (const struct nf_conn *)(skb->_nfct & NFCT_PTRMASK);
	unsigned long status = flow ? BPF_CORE_READ(flow, status) : IPS_TEMPLATE;

	if (status & IPS_CONFIRMED)
		return false;
	if (status & IPS_TEMPLATE)
		tuple_of_untracked(key, skb);
	else
		tuple_of_conntrack(key, flow);
	key->own_netns = 1;
	return true;
}

/* Reports whether the attempt has been recorded, and remembers it. Two CPUs at once do not both get false. */
static __always_inline bool is_repeated(const struct attempt_key *key, __u64 connected, __u64 now)
{
	struct attempt attempt = { .connected = connected, .dropped = now };
	struct attempt *known = bpf_map_lookup_elem(&attempts, key);
	bool same;

	if (!known)
		return bpf_map_update_elem(&attempts, key, &attempt, BPF_NOEXIST) == -EEXIST;
	same = known->connected == connected && (connected || now - known->dropped < ATTEMPT_NANOS);
	*known = attempt;
	return same;
}

/*
 * Describes the sender of a dropped packet by the rules of record_sender(). The packet can be the first that its socket
 * sends, and another process can be current, if it reinjects the packet from NFQUEUE.
 */
static __always_inline void describe_sender(struct owner *owner, struct sock *sk)
{
	struct task_struct *task = current_task();
	struct sock_user *user = bpf_sk_storage_get(&users, sk, NULL, 0);

	if ((user && is_owner(task, &user->owner)) || (__u64)socket_argument(task) == (__u64)sk) {
		describe_current(owner, config.netns_cookie);
		record_current_process(owner->version);
	} else if (user && user->sent) {
		*owner = user->owner;
		refresh_distant_owner(owner, (const struct task_struct *)user->leader);
	}
}

/*
 * Records the attempt that ends with a packet that netfilter dropped. sender: the packet's socket. Since Linux 6.3 the
 * verifier does not pass skb->sk to helpers, but this pointer to the same socket, which is NULL once it is closed.
 */
static __always_inline void record_dropped_packet(const struct sk_buff *skb, const struct sock *sender)
{
	struct sock *sk = sender->sk_socket->sk;
	struct attempt_key key = {};
	const struct dst_entry *route = (const struct dst_entry *)(skb->_skb_refdst & SKB_DST_PTRMASK);
	__u64 now = bpf_ktime_get_ns();
	struct refusal *row;
	struct flow *flow;

	if (!may_begin_flow(sender) || !tuple_of_dropped(&key.flow, skb))
		return;
	key.socket = bpf_get_socket_cookie(sk);
	flow = key.flow.protocol == IPPROTO_TCP ? find_record(INITIATOR, &key.flow) : NULL;
	if (flow && flow->socket != key.socket)
		flow = NULL;
	if (is_repeated(&key, flow ? flow->seen : 0, now))
		return;
	row = bpf_ringbuf_reserve(&refusals, sizeof(*row), 0);
	if (!row) {
		count(REFUSALS_DROPPED);
		return;
	}
	*row = (struct refusal){ .time = now, .key = key.flow, .cause = BY_NETFILTER };
	if (route)
		row->ifindex = BPF_CORE_READ(route, dev, ifindex);
	if (flow) /* recorded at connect() */
		row->owner = flow->owner;
	else
		describe_sender(&row->owner, sk);
	bpf_ringbuf_submit(row, BPF_RB_NO_WAKEUP);
}

/* Reports whether an address is an IPv4 address in IPv6 form. */
static __always_inline bool is_mapped(const __u8 address[16])
{
	const __u32 *word = (const __u32 *)address;

	return !word[0] && !word[1] && word[2] == bpf_htonl(0xffff);
}

/* Reads the address that connect() got as the destination; reports whether it is one. */
static __always_inline bool read_destination(struct flow_key *key, const void *address, int length, bool v6)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (v6) {
		bpf_probe_read_kernel(&ipv6, sizeof(ipv6), address);
		__builtin_memcpy(key->destination, &ipv6.sin6_addr, sizeof(key->destination));
		key->destination_port = ipv6.sin6_port;
		/* Of a mapped address tcp_v4_connect() fails. */
		return ipv6.sin6_family == AF_INET6 && length >= SIN6_LEN_RFC2133 && !is_mapped(key->destination);
	}
	bpf_probe_read_kernel(&ipv4, sizeof(ipv4), address);
	map_address(key->source, 0);
	map_address(key->destination, ipv4.sin_addr.s_addr);
	key->destination_port = ipv4.sin_port;
	return ipv4.sin_family == AF_INET && length >= (int)sizeof(ipv4);
}

/* Reads the source that the socket was bound to before connect(). */
static __always_inline void read_bound_source(struct flow_key *key, const struct sock *sk, bool v6)
{
	const struct sock_common *common = &sk->__sk_common;

	if (v6)
		BPF_CORE_READ_INTO(&key->source, common, skc_v6_rcv_saddr);
	else
		map_address(key->source, common->skc_rcv_saddr);
	key->source_port = bpf_htons(common->skc_num);
}

/* Records a connect() that failed before it sent a packet. ECONNREFUSED would follow a packet. */
static __always_inline void record_failed_connect(const __u64 *call, bool v6)
{
	struct sock *sk = (struct sock *)call[CONNECT_SOCKET];
	struct flow_key key = { .protocol = IPPROTO_TCP, .own_netns = 1 };
	int error = -(int)call[CONNECT_RESULT];
	struct refusal *row;

	if (error == ECONNREFUSED || sk->__sk_common.skc_net.net->net_cookie != config.netns_cookie ||
	    !read_destination(&key, (const void *)call[CONNECT_ADDRESS], call[CONNECT_LENGTH], v6))
		return;
	read_bound_source(&key, sk, v6);
	row = bpf_ringbuf_reserve(&refusals, sizeof(*row), 0);
	if (!row) {
		count(REFUSALS_DROPPED);
		return;
	}
	*row = (struct refusal){ .time = bpf_ktime_get_ns(), .key = key, .cause = error };
	describe_current(&row->owner, config.netns_cookie);
	record_current_process(row->owner.version);
	bpf_ringbuf_submit(row, BPF_RB_NO_WAKEUP);
}

#endif
