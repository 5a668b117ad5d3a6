/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Buffers for building records that are too large for the 512 bytes of stack. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "layout.h"

struct scratch {
	__u64 taken; /* 1: in use */
	union {
		struct process process;
		struct cgroup_path cgroup;
		char command[LONG_COMMAND];
		struct question question;
		struct answer answer;
	};
};

#define SCRATCH_BUFFERS 4

/*
 * Buffers of each CPU. A program can preempt another on the same CPU, so each takes a buffer that is free.
 *
 * Entries are inserted at load, because the map is an array; take_scratch() and release_scratch() mark them.
 * Entries are never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_BUFFERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_buffers SEC(".maps");

/* Takes a free buffer of the CPU; returns NULL if all are in use. */
static __always_inline struct scratch *take_scratch(void)
{
	for (__u32 i = 0; i < SCRATCH_BUFFERS; i++) {
		__u32 key = i; /* a copy, because the verifier cannot track i once its address is taken */
		struct scratch *scratch = bpf_map_lookup_elem(&scratch_buffers, &key);

		if (scratch && __sync_val_compare_and_swap(&scratch->taken, 0, 1) == 0)
			return scratch;
	}
	return NULL;
}

/* Frees a buffer after the last use of it. A plain store will do, because only the holder's CPU reads it. */
static __always_inline void release_scratch(struct scratch *scratch)
{
	barrier();
	*(volatile __u64 *)&scratch->taken = 0;
}

#endif
