/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The record of a flow. Its time is updated while the flow goes on; it is replaced if the flow was idle, or if its
 * owner, socket or device changes. An eviction mark remains after the record is evicted.
 */
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <stddef.h>

#include "config.h"
#include "kernel_types.h"
#include "layout.h"
#include "process.h"

/*
 * Nanoseconds after which the record of an idle flow is written again, with the record of its process if that was
 * evicted.
 */
#define IDLE_NANOS 1000000000

/*
 * Nanoseconds within which a packet counts as an answer. Longer than the 120 s for which conntrack keeps a UDP flow by
 * default.
 */
#define ANSWER_NANOS 300000000000

#define MARK_TIME_SHIFT 20 /* the time of an eviction mark is in units of 2^20 ns */

/*
 * Records of the processes that sent the first packet of a flow. Packets from other hosts cannot evict these, because
 * they are recorded in acceptors.
 *
 * Entries are inserted in store(), called by sockops (TCP connect) and cgroup_skb/egress.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536); /* the loader sets this to KernelFlows= */
	__type(key, struct flow_key);
	__type(value, struct flow);
} initiators SEC(".maps");

/*
 * Records of the processes whose sockets received the first packet of a flow.
 *
 * Entries are inserted in store(), called by cgroup_skb/ingress.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 32768); /* the loader sets this to half of KernelFlows= */
	__type(key, struct flow_key);
	__type(value, struct flow);
} acceptors SEC(".maps");

/*
 * Eviction marks of flow records, by hash of the flow.
 *
 * Entries are inserted at load, because the map is an array; store() overwrites them.
 * Entries are never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 131072); /* the loader sets this to config.eviction_mask + 1 */
	__type(key, __u32);
	__type(value, struct eviction_mark);
} traces SEC(".maps");

static __always_inline bool is_own(const struct owner *owner)
{
	return owner->netns_cookie == config.netns_cookie;
}

static __always_inline struct flow *find_record(enum role role, const struct flow_key *key)
{
	return role == INITIATOR ? bpf_map_lookup_elem(&initiators, key) : bpf_map_lookup_elem(&acceptors, key);
}

static __always_inline long write_record(enum role role, const struct flow_key *key, const struct flow *flow)
{
	return role == INITIATOR ? bpf_map_update_elem(&initiators, key, flow, BPF_ANY) :
				   bpf_map_update_elem(&acceptors, key, flow, BPF_ANY);
}

/* Returns a hash of the flow. Indexes use its high bits, because the low ones do not depend on the destination port. */
static __always_inline __u64 hash_of(const struct flow_key *key, __u64 seed)
{
	const __u64 *word = (const __u64 *)key;
	__u64 hash = seed;

	for (unsigned int i = 0; i < sizeof(*key) / sizeof(*word); i++)
		hash = mix(hash, word[i]);
	return hash;
}

/* Returns the end of the time unit in which a mark was set, at most now; CLOCK_MONOTONIC ns. */
static __always_inline __u64 mark_time(const struct eviction_mark *mark, __u64 now)
{
	__u32 age = (__u32)(now >> MARK_TIME_SHIFT) - mark->time;
	__u64 time = ((now >> MARK_TIME_SHIFT) - age + 1) << MARK_TIME_SHIFT;

	return time < now ? time : now;
}

static __always_inline __u32 process_hash(const struct process_id *process)
{
	return (__u32)(process->start >> 10) ^ process->tgid * 0x9e3779b1U ^ process->image;
}

/*
 * Writes a record and its eviction mark; returns 0 if it is written. If two processes use a tuple, two CPUs may write
 * at once, and neither finds the other's record. The counts of the eviction mark show that, and the record then says
 * that there was another process. The record also says so if the other's record was evicted and only its mark remains.
 */
static __noinline int store(enum role role, const struct flow_key *key, struct flow *new)
{
	__u64 hash = hash_of(key, role);
	__u32 process = process_hash(&new->owner.process);
	__u32 index = hash >> 32 & config.eviction_mask;
	struct eviction_mark *mark = bpf_map_lookup_elem(&traces, &index);
	struct flow *stored;
	__u32 turn;
	int failed;

	if (!mark)
		return 1;
	turn = __sync_fetch_and_add(&mark->entered, 1);
	if (*(volatile __u32 *)&mark->left != turn)
		new->other_seen = new->seen;
	stored = find_record(role, key);
	if (stored && !same_process(&stored->owner.process, &new->owner.process))
		new->other_seen = stored->seen;
	else if (!stored && !new->other_seen && mark->hash == (__u32)hash && mark->process != process)
		new->other_seen = mark_time(mark, new->seen);
	failed = write_record(role, key, new) != 0;
	if (*(volatile __u32 *)&mark->entered != turn + 1) {
		stored = find_record(role, key);
		if (stored)
			stored->other_seen = new->seen;
	}
	__sync_fetch_and_add(&mark->left, 1);
	mark->hash = hash;
	mark->process = process;
	mark->time = new->seen >> MARK_TIME_SHIFT;
	return failed;
}

/* Reports whether two records would show the same owner, apart from the flags. */
static __always_inline bool same_owner(const struct owner *a, const struct owner *b)
{
	const __u64 *one = (const __u64 *)a, *other = (const __u64 *)b;
	__u64 differences = 0;

	for (unsigned int i = 0; i < offsetof(struct owner, flags) / sizeof(*one); i++)
		differences |= one[i] ^ other[i];
	return !differences && a->version == b->version;
}

/*
 * Sets the time of an otherwise unchanged record to now and reports whether it did. If there is no such record or it
 * was idle, sets the times and flags to write in new.
 */
static __noinline bool seen_again(enum role role, const struct flow_key *key, struct flow *new)
{
	struct flow *old = find_record(role, key);

	new->seen = bpf_ktime_get_ns();
	new->other_seen = 0;
	if (!old)
		return false;
	if (!same_process(&old->owner.process, &new->owner.process)) {
		new->other_seen = old->seen;
		return false;
	}
	new->other_seen = old->other_seen;
	new->owner.flags |= old->owner.flags & DELETED;
	if (new->seen - old->seen > IDLE_NANOS || old->socket != new->socket || old->ifindex != new->ifindex ||
	    (old->owner.flags & ~(ANSWER | UNSURE)) != new->owner.flags || !same_owner(&old->owner, &new->owner))
		return false;
	old->seen = new->seen;
	return true;
}

/*
 * Reports whether the destination is a multicast or broadcast address. A packet to it is no reply, because no packet has
 * such a source.
 */
static __always_inline bool is_to_many(const struct flow_key *key)
{
	return key->destination[0] == 0xff || (key->destination[0] == 0 && key->destination[12] >= 224);
}

/*
 * Reports whether a UDP packet may go on with a flow that began before the programs were loaded. A socket that is as old
 * as that flow receives answers on a port that the kernel chose, or sends answers from a port that the process chose.
 */
static __always_inline bool may_continue(enum role role, const struct flow_key *key, const struct flow *flow)
{
	__u32 flags = flow->owner.flags;

	if (!(flags & HELD) || flow->seen >= config.sure_from)
		return false;
	return role == INITIATOR ? (flags & PORT_CHOSEN) && !is_to_many(key) : !(flags & PORT_CHOSEN);
}

/*
 * Returns ANSWER if a UDP packet answers one that the same socket received or sent in the last five minutes. Conntrack
 * reports a new flow if the old one timed out. The records of both roles show it: the first packet of a flow has no
 * ANSWER. Returns UNSURE if the packet may answer one that was not recorded, else 0.
 */
static __noinline __u32 turn_of(enum role role, const struct flow_key *key, const struct flow *flow)
{
	struct flow_key reversed = {
		.source_port = key->destination_port,
		.destination_port = key->source_port,
		.protocol = key->protocol,
		.own_netns = key->own_netns,
	};
	struct flow *other;

	__builtin_memcpy(reversed.source, key->destination, sizeof(reversed.source));
	__builtin_memcpy(reversed.destination, key->source, sizeof(reversed.destination));
	other = find_record(role == INITIATOR ? ACCEPTOR : INITIATOR, &reversed);
	if (!other || other->socket != flow->socket || flow->seen - other->seen >= ANSWER_NANOS)
		return may_continue(role, key, flow) ? UNSURE : 0;
	if (other->owner.flags & UNSURE)
		return UNSURE;
	return other->owner.flags & ANSWER ? 0 : ANSWER;
}

/*
 * Records a flow whose socket, owner and ifindex are set. current: whether the owner is the current task. Inlined,
 * because the stack of Linux 6.1 has no room for another frame. The functions that look up the key are static, because a
 * global function gets the key as plain memory, which Linux 6.1 refuses as the key of a map.
 */
static __always_inline void record_flow(enum role role, const struct flow_key *key, struct flow *flow, bool current)
{
	if (seen_again(role, key, flow))
		return;
	if (key->protocol == IPPROTO_UDP || key->protocol == IPPROTO_UDPLITE)
		flow->owner.flags |= turn_of(role, key, flow);
	if (current)
		record_current_process(flow->owner.version); /* first: a lookup of the flow needs the image */
	if (store(role, key, flow))
		count(FLOWS_FAILED);
}

#endif
