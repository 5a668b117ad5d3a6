/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packets: their tuple as struct flow_key, and their socket. */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel_types.h"
#include "layout.h"

#define IP_OFFSET       0x1fff /* include/net/ip.h */
#define IPV6_EXTENSIONS 4      /* headers followed to find the transport header */

/* Returns the packet's socket; NULL if it has none, or one without storage as in TIME_WAIT. */
static __always_inline struct bpf_sock *full_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	return sk;
}

/*
 * Reports whether the sender of the socket's flows is recorded with a packet. The sender of a TCP flow is recorded at
 * connect().
 */
static __always_inline bool sends_by_packet(struct bpf_sock *sk)
{
	return sk->protocol != IPPROTO_TCP || sk->type != SOCK_STREAM;
}

/* Reports whether packets that reach the socket can begin a flow. Those of a connected UDP socket are replies. */
static __always_inline bool accepts_flows(struct bpf_sock *sk)
{
	if (sk->type == SOCK_RAW)
		return false;
	switch (sk->protocol) {
	case IPPROTO_TCP:
		return sk->state == BPF_TCP_LISTEN;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return sk->state != BPF_TCP_ESTABLISHED;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* Writes an IPv4 address as ::ffff:a.b.c.d. */
static __always_inline void map_address(__u8 mapped[16], __be32 address)
{
	__builtin_memset(mapped, 0, 10);
	mapped[10] = mapped[11] = 0xff;
	__builtin_memcpy(mapped + 12, &address, 4);
}

/* Writes the address that the socket is connected to. */
static __always_inline void peer_of_socket(__u8 address[16], struct bpf_sock *sk)
{
	__u32 *word = (__u32 *)address;

	if (sk->family == AF_INET6) {
		word[0] = sk->dst_ip6[0];
		word[1] = sk->dst_ip6[1];
		word[2] = sk->dst_ip6[2];
		word[3] = sk->dst_ip6[3];
	} else {
		map_address(address, sk->dst_ip4);
	}
}

/* Reads the tuple of a connected socket. */
static __always_inline void tuple_of_socket(struct flow_key *key, struct bpf_sock *sk)
{
	__u32 *source = (__u32 *)key->source;

	if (sk->family == AF_INET6) {
		source[0] = sk->src_ip6[0];
		source[1] = sk->src_ip6[1];
		source[2] = sk->src_ip6[2];
		source[3] = sk->src_ip6[3];
	} else {
		map_address(key->source, sk->src_ip4);
	}
	peer_of_socket(key->destination, sk);
	key->source_port = bpf_htons(sk->src_port);
	key->destination_port = sk->dst_port;
	key->protocol = sk->protocol;
}

/*
 * Copies bytes of the packet: directly if they are in the linear part, else by bpf_skb_load_bytes(), which is slower.
 * The assumed alignment keeps the compiler from copying single bytes; it need not be true. The packet is volatile,
 * because the verifier loses track of a packet pointer that is read in one place and widened in another.
 */
static __always_inline bool load(struct __sk_buff *skb, __u32 offset, void *bytes, __u32 size)
{
	const volatile struct __sk_buff *packet = skb;
	const void *start = (void *)(long)packet->data + offset, *end = (void *)(long)packet->data_end;

	if (start + size > end)
		return bpf_skb_load_bytes(skb, offset, bytes, size) == 0;
	__builtin_memcpy(bytes, __builtin_assume_aligned(start, 4), size);
	return true;
}

struct transport {
	__u32 offset;
	__u8 protocol;
};

/* Reads the addresses of an IPv4 packet and finds its transport header; reports whether it has one. */
static __always_inline bool read_ipv4(struct flow_key *key, struct transport *next, struct __sk_buff *skb)
{
	struct iphdr ip;

	if (!load(skb, 0, &ip, sizeof(ip)) || ip.frag_off & bpf_htons(IP_OFFSET))
		return false;
	map_address(key->source, ip.saddr);
	map_address(key->destination, ip.daddr);
	next->protocol = ip.protocol;
	next->offset = ip.ihl * 4;
	return true;
}

/* Reads the addresses of an IPv6 packet and finds its transport header; reports whether it has one. */
static __always_inline bool read_ipv6(struct flow_key *key, struct transport *next, struct __sk_buff *skb)
{
	struct ipv6hdr ip;

	if (!load(skb, 0, &ip, sizeof(ip)))
		return false;
	__builtin_memcpy(key->source, &ip.saddr, sizeof(key->source));
	__builtin_memcpy(key->destination, &ip.daddr, sizeof(key->destination));
	next->protocol = ip.nexthdr;
	next->offset = sizeof(ip);
	for (int i = 0; i < IPV6_EXTENSIONS; i++) {
		struct ipv6_opt_hdr extension;

		if (next->protocol != IPPROTO_HOPOPTS && next->protocol != IPPROTO_ROUTING &&
		    next->protocol != IPPROTO_DSTOPTS)
			break;
		if (!load(skb, next->offset, &extension, sizeof(extension)))
			return false;
		next->protocol = extension.nexthdr;
		next->offset += (extension.hdrlen + 1) * 8;
	}
	return true;
}

/*
 * Reads the packet's tuple and reports whether it has one. A later fragment and a packet that is too short have none.
 * DCCP has no ports in the key, because conntrack reports none since Linux 6.16.
 */
static __always_inline bool tuple_of_packet(struct flow_key *key, struct __sk_buff *skb)
{
	struct transport next;

	if (skb->protocol == bpf_htons(ETH_P_IP) ? !read_ipv4(key, &next, skb) : !read_ipv6(key, &next, skb))
		return false;
	key->protocol = next.protocol;
	switch (next.protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		return load(skb, next.offset, &key->source_port, 4);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return load(skb, next.offset, &key->destination_port, 2) &&
		       load(skb, next.offset + 4, &key->source_port, 2);
	}
	return true;
}

/* Reads the tuple of a packet as its socket sent it; reports whether it has one. */
static __always_inline bool tuple_of_sent_packet(struct flow_key *key, struct __sk_buff *skb, struct bpf_sock *sk)
{
	if (!tuple_of_packet(key, skb))
		return false;
	if (key->protocol == sk->protocol || sk->type == SOCK_RAW)
		return true;
	if (sk->state != BPF_TCP_ESTABLISHED) /* wrapped by IPsec, and the socket has no tuple */
		return false;
	tuple_of_socket(key, sk);
	return true;
}

#endif
