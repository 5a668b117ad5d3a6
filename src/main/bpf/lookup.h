/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lookups of flow records for the service, many in one system call.
 */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "flow_record.h"
#include "layout.h"

/*
 * Copies a record. The kernel can reuse an element of an LRU map while the element is copied, so only a second lookup
 * that agrees counts. The time of the latest packet may change meanwhile.
 */
static __always_inline bool copy_record(struct lookup *lookup)
{
	const __u64 *one = (const __u64 *)&lookup->flow, *other;
	struct flow *flow = find_record(lookup->role, &lookup->key);
	__u64 differences = 0;

	if (!flow)
		return false;
	lookup->flow = *flow;
	barrier();
	other = (const __u64 *)find_record(lookup->role, &lookup->key);
	if (!other)
		return false;
	for (unsigned int i = offsetof(struct flow, other_seen) / sizeof(*one); i < sizeof(*flow) / sizeof(*one); i++)
		differences |= one[i] ^ *(volatile const __u64 *)&other[i];
	return !differences;
}

/* Does one of the lookups. A record that changes meanwhile counts as none: the service looks it up again. */
static long look_up_step(__u32 index, struct exchange **shared)
{
	struct exchange *all = *shared;

	if (index >= LOOKUPS || index >= all->wanted)
		return 1;
	all->lookup[index].found = copy_record(&all->lookup[index]);
	return 0;
}

static __always_inline void look_up_all(void)
{
	struct exchange *shared = exchanged();

	if (shared)
		bpf_loop(LOOKUPS, look_up_step, &shared, 0);
}

#endif
