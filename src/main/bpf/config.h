/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings that the loader gives to the programs, and counters that the programs give to the service. */
#ifndef CONFIG_H
#define CONFIG_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "layout.h"

const volatile struct config config SEC(".rodata.config");

/*
 * enum counter to a number of events, one for each CPU. The service adds them up.
 *
 * Entries are inserted at load, because the map is an array; count() increments them.
 * Entries are never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/*
 * 0 to what the programs and the service share through memory.
 *
 * The entry is inserted at load, because the map is an array. It is never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct exchange);
} exchange SEC(".maps");

static __always_inline struct exchange *exchanged(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&exchange, &zero);
}

/* Increments a counter atomically, because a program can preempt another on the same CPU. */
static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

#endif
