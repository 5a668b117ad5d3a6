/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The record of a flow. Written once, its time is updated while the flow goes on; a mark outlives its eviction. */
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "kernel_types.h"
#include "layout.h"
#include "process.h"

/* Nanoseconds after which a flow's record is written again, and its process's if it was evicted meanwhile. */
#define IDLE_NANOS 1000000000

/*
 * Flow records, one for each side of a flow that has a socket on this host.
 *
 * Entries are inserted in store(), called by sockops (TCP connect), cgroup_skb/egress and cgroup_skb/ingress.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536); /* the loader sets KernelFlows= */
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

/*
 * Eviction marks of flow records, by hash of the flow.
 *
 * Entries are inserted at load, because the map is an array; store() overwrites them.
 * Entries are never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 131072); /* more than config.eviction_mask, or records of the other indexes are dropped */
	__type(key, __u32);
	__type(value, struct eviction_mark);
} traces SEC(".maps");

static __always_inline bool is_own(const struct owner *owner)
{
	return owner->netns_cookie == config.netns_cookie;
}

/* Returns a hash of the flow. Indexes are made of its high bits: the low ones do not depend on the destination port. */
static __always_inline __u64 hash_of(const struct flow_key *key, __u64 seed)
{
	const __u64 *word = (const __u64 *)key;
	__u64 hash = seed;

	for (unsigned int i = 0; i < sizeof(*key) / sizeof(*word); i++)
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
	return hash;
}

/*
 * Writes a record and its eviction mark; returns 0 if it is written. If two processes use a tuple, two CPUs may write
 * at once, and neither finds the other's record. The counts of the eviction mark show that, and the record then says
 * that there was another process.
 */
static __noinline int store(const struct flow_key *key, struct flow *new)
{
	__u64 hash = hash_of(key, 0);
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
	stored = bpf_map_lookup_elem(&flows, key);
	if (stored && !same_process(&stored->owner.process, &new->owner.process))
		new->other_seen = stored->seen;
	failed = bpf_map_update_elem(&flows, key, new, BPF_ANY) != 0;
	if (*(volatile __u32 *)&mark->entered != turn + 1) {
		stored = bpf_map_lookup_elem(&flows, key);
		if (stored)
			stored->other_seen = new->seen;
	}
	__sync_fetch_and_add(&mark->left, 1);
	mark->hash = hash;
	mark->time = new->seen >> 20;
	return failed;
}

/*
 * Sets the time of a record whose owner, socket and flags are unchanged to now, and reports whether it did. If it did
 * not, because there is no such record or the record was idle, new has the times and flags to write, and nothing else.
 */
static __noinline bool seen_again(const struct flow_key *key, const struct owner *owner, __u32 flags, __u64 socket,
				  struct flow *new)
{
	struct flow *old = bpf_map_lookup_elem(&flows, key);

	new->seen = bpf_ktime_get_ns();
	new->other_seen = 0;
	new->owner.flags = flags;
	if (!old)
		return false;
	if (!same_process(&old->owner.process, &owner->process)) {
		new->other_seen = old->seen;
		return false;
	}
	new->other_seen = old->other_seen;
	new->owner.flags |= old->owner.flags & DELETED;
	if (new->seen - old->seen > IDLE_NANOS || old->socket != socket || old->owner.flags != new->owner.flags ||
	    old->owner.uid != owner->uid || old->owner.gid != owner->gid || old->owner.cgroup != owner->cgroup)
		return false;
	old->seen = new->seen;
	return true;
}

/*
 * Records the owner of a flow.
 *
 * flags: added to the owner's own
 * task: the owner if it is the current task, else NULL
 */
static __always_inline void record_flow(const struct flow_key *key, const struct owner *owner, __u32 flags,
					__u64 socket, struct task_struct *task)
{
	struct flow flow;

	flags |= owner->flags | (task ? deleted_flag(task) : 0);
	if (seen_again(key, owner, flags, socket, &flow))
		return;
	flags = flow.owner.flags;
	flow.socket = socket;
	flow.owner = *owner;
	flow.owner.flags = flags;
	if (task)
		record_current_process(); /* first: whoever finds the flow record must find the process record */
	count(store(key, &flow) ? FLOWS_FAILED : FLOWS_WRITTEN);
}

#endif
