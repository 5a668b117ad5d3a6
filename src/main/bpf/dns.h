/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Copies the DNS answers over UDP that a socket requested to the service. An answer counts only if the same socket sent
 * the same question, with the same id, to the server that answers.
 */
#ifndef DNS_H
#define DNS_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stddef.h>

#include "config.h"
#include "flow_record.h"
#include "kernel_types.h"
#include "layout.h"
#include "packet.h"
#include "scratch.h"
#include "sock_user.h"

#define DNS_PORT bpf_htons(53)

/*
 * Nanoseconds for which a question waits for its answer. Resolvers give up earlier: glibc after 5 s, BIND after 10 s.
 */
#define QUESTION_LIFETIME 30000000000ULL

#define LONGEST_NAME      255 /* RFC 1035, 2.3.4 */
#define SHORTEST_QUESTION 5   /* the name of the root, type and class */
#define MOST_LABELS       128

/* Flags of a message, RFC 1035, 4.1.1. */
#define FLAG_RESPONSE bpf_htons(0x8000)
#define FLAGS_OPCODE  bpf_htons(0x7800)
#define FLAGS_RCODE   bpf_htons(0x000f)

#define TYPE_A    bpf_htons(1)
#define TYPE_AAAA bpf_htons(28)
#define CLASS_IN  bpf_htons(1)

struct dns_header {
	__be16 id, flags, questions, answers, authorities, additional;
};

/* Type and class, which follow the name of a question. */
struct question_tail {
	__be16 type, class;
};

/*
 * Questions for addresses that have no answer yet, of sockets in the service's network namespace.
 *
 * Entries are inserted in record_question(), called by cgroup_skb/egress.
 * Entries are removed in record_answer(), called by cgroup_skb/ingress, and by LRU eviction.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096); /* the loader sets more if there are many CPUs */
	__type(key, struct question_key);
	__type(value, struct question);
} questions SEC(".maps");

/*
 * Answers, rows of struct answer cut to the length of their message.
 *
 * Rows are added in record_answer(), called by cgroup_skb/ingress. The service removes them.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18); /* bytes */
} answers SEC(".maps");

/*
 * Reports whether the packet of a UDP socket is to or from a DNS server, as the socket sees it, before NAT.
 * port: port of the peer in the packet, used if the socket is not connected.
 */
static __always_inline bool talks_dns(struct bpf_sock *sk, __be16 port)
{
	return (sk->dst_port ?: port) == DNS_PORT && sk->protocol == IPPROTO_UDP && sk->type == SOCK_DGRAM;
}

/* Returns the offset of a UDP packet's payload; 0 if it is not UDP, or IPv6 with extension headers. */
static __always_inline __u32 udp_payload(struct __sk_buff *skb)
{
	struct iphdr ip;
	struct ipv6hdr ip6;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		return load(skb, 0, &ip, sizeof(ip)) && ip.protocol == IPPROTO_UDP ?
			       ip.ihl * 4 + sizeof(struct udphdr) : 0;
	return load(skb, 0, &ip6, sizeof(ip6)) && ip6.nexthdr == IPPROTO_UDP ? sizeof(ip6) + sizeof(struct udphdr) : 0;
}

/*
 * Reports whether the size is in the range. The barriers keep the compiler from merging the comparisons, because the
 * verifier of Linux 6.1 does not understand the result.
 */
static __always_inline bool is_between(__u32 *size, __u32 least, __u32 most)
{
	barrier_var(*size);
	if (*size < least)
		return false;
	barrier_var(*size);
	if (*size > most)
		return false;
	barrier_var(*size);
	return true;
}

/* Writes 1 to 8 bytes of text with ASCII letters in lower case. */
static __always_inline __u64 lower_case(__u64 text)
{
	__u64 low = text & 0x7f7f7f7f7f7f7f7fULL, from_a = low + 0x3f3f3f3f3f3f3f3fULL, over_z = low + 0x2525252525252525ULL;

	return text | (from_a & ~over_z & ~text & 0x8080808080808080ULL) >> 2;
}

/*
 * Returns the length of the question for an address that the bytes begin with; 0 if there is none. The mask does not
 * change the offset, but shows the verifier of Linux 6.1 how large it is.
 */
static __always_inline __u32 question_length(const __u8 bytes[QUESTION_SIZE])
{
	struct question_tail tail;
	__u32 at = 0;

	for (int i = 0; i < MOST_LABELS && at < LONGEST_NAME; i++) {
		__u32 label;

		barrier_var(at);
		at &= 0xff;
		label = bytes[at++];
		if (label == 0) {
			__builtin_memcpy(&tail, bytes + at, sizeof(tail));
			return tail.class == CLASS_IN && (tail.type == TYPE_A || tail.type == TYPE_AAAA) ?
				       at + sizeof(tail) : 0;
		}
		if (label > 63) /* a pointer or reserved, RFC 1035, 4.1.4 */
			return 0;
		at += label;
	}
	return 0;
}

/*
 * Reports whether an answer repeats the question, in upper or lower case. The function has no branches and is not
 * static, so that the verifier checks it once. The mask is for little-endian machines; the programs are compiled for no
 * others.
 */
__noinline bool is_asked(const struct answer *answer, const struct question *question)
{
	__u64 differences = 0;

	if (!answer || !question || answer->length < sizeof(struct dns_header) + question->length)
		return false;
	for (__u32 i = 0; i < QUESTION_SIZE; i += 8) {
		__u32 rest = question->length > i ? question->length - i : 0;
		__u64 mask = rest < 8 ? (1ULL << rest * 8) - 1 : ~0ULL;
		__u64 asked = *(const __u64 *)(question->bytes + i);
		__u64 repeated = *(const __u64 *)(answer->message + sizeof(struct dns_header) + i);

		differences |= (lower_case(asked) ^ lower_case(repeated)) & mask;
	}
	return differences == 0;
}

/*
 * Writes the key of a question. A connected socket has the address of the server that it queries, even if NAT redirects
 * the packet. address: the server's in the packet, for sockets that are not connected.
 */
static __always_inline void key_of_question(struct question_key *key, struct __sk_buff *skb, struct bpf_sock *sk,
					    __be16 id, const __u8 *address)
{
	key->socket = bpf_get_socket_cookie(skb);
	key->id = id;
	if (sk->dst_port)
		peer_of_socket(key->server, sk);
	else
		__builtin_memcpy(key->server, address, sizeof(key->server));
}

/* Copies the question for an address that the packet has at that offset; reports whether it has one. */
static __always_inline bool read_question(struct question *question, struct __sk_buff *skb, __u32 offset)
{
	__u32 length = skb->len - offset;

	if (skb->len <= offset)
		return false;
	if (length > QUESTION_SIZE)
		length = QUESTION_SIZE;
	if (!is_between(&length, SHORTEST_QUESTION, QUESTION_SIZE))
		return false;
	__builtin_memset(question, 0, sizeof(*question));
	if (bpf_skb_load_bytes(skb, offset, question->bytes, length))
		return false;
	question->length = question_length(question->bytes);
	question->time = bpf_ktime_get_ns();
	return question->length != 0;
}

/*
 * Records the question that a UDP socket sends to port 53, if it is one for an address. Not inlined, to save the caller's
 * stack.
 */
static __noinline void record_question(struct __sk_buff *skb, struct bpf_sock *sk, const struct flow_key *flow)
{
	struct sock_user *user = bpf_sk_storage_get(&users, sk, NULL, 0);
	__u32 offset = udp_payload(skb);
	struct question_key key = {};
	struct dns_header header;
	struct scratch *scratch;

	if (!user || !is_own(&user->owner) || !offset || !load(skb, offset, &header, sizeof(header)) ||
	    header.flags & (FLAG_RESPONSE | FLAGS_OPCODE) || header.questions != bpf_htons(1))
		return;
	scratch = take_scratch();
	if (!scratch) {
		count(ANSWERS_DROPPED);
		return;
	}
	if (read_question(&scratch->question, skb, offset + sizeof(header))) {
		key_of_question(&key, skb, sk, header.id, flow->destination);
		bpf_map_update_elem(&questions, &key, &scratch->question, BPF_ANY);
	}
	release_scratch(scratch);
}

/* Copies the message of an answer; returns its length, 0 if it is too long. */
static __always_inline __u32 read_answer(struct answer *answer, struct __sk_buff *skb, __u32 offset)
{
	__u32 length = skb->len - offset;

	if (!is_between(&length, sizeof(struct dns_header), ANSWER_SIZE) ||
	    bpf_skb_load_bytes(skb, offset, answer->message, length))
		return 0;
	answer->time = bpf_ktime_get_ns();
	answer->length = length;
	return length;
}

/* Appends a row to map answers; reports whether there was room. */
static __always_inline bool output(struct answer *answer, __u32 length)
{
	return is_between(&length, sizeof(struct dns_header), ANSWER_SIZE) &&
	       bpf_ringbuf_output(&answers, answer, offsetof(struct answer, message) + length, 0) == 0;
}

/*
 * Copies the answer that a UDP socket receives from port 53 to the service, if it has records and the socket requested
 * it. flow: the packet's tuple, unset if the socket is connected. Not inlined, to save the caller's stack.
 */
static __noinline void record_answer(struct __sk_buff *skb, struct bpf_sock *sk, const struct flow_key *flow)
{
	__u32 offset = udp_payload(skb);
	struct question_key key = {};
	struct dns_header header;
	struct question *question;
	struct scratch *scratch;
	__u32 length;

	if (skb->pkt_type != PACKET_HOST || !offset || !load(skb, offset, &header, sizeof(header)) ||
	    (header.flags & (FLAG_RESPONSE | FLAGS_OPCODE | FLAGS_RCODE)) != FLAG_RESPONSE ||
	    header.questions != bpf_htons(1) || header.answers == 0)
		return;
	key_of_question(&key, skb, sk, header.id, flow->source);
	question = bpf_map_lookup_elem(&questions, &key);
	if (!question || bpf_ktime_get_ns() - question->time > QUESTION_LIFETIME) {
		count(ANSWERS_UNASKED);
		return;
	}
	scratch = take_scratch();
	if (!scratch) {
		count(ANSWERS_DROPPED);
		return;
	}
	length = read_answer(&scratch->answer, skb, offset);
	if (!length)
		count(ANSWERS_DROPPED);
	else if (!is_asked(&scratch->answer, question))
		count(ANSWERS_UNASKED);
	else if (bpf_map_delete_elem(&questions, &key) == 0 && !output(&scratch->answer, length))
		count(ANSWERS_DROPPED);
	release_scratch(scratch);
}

#endif
