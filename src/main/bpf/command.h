/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command lines of the current task, as get_mm_cmdline() of fs/proc/base.c shows them, and their hashes. */
#ifndef COMMAND_H
#define COMMAND_H

#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel_types.h"
#include "layout.h"

#define HALF_COMMAND (LONG_COMMAND / 2)

/* Adds a word to a hash. */
static __always_inline __u64 mix(__u64 hash, __u64 word)
{
	return (hash ^ word) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
}

/*
 * Reads the command line of the current task into LONG_COMMAND bytes: all of it, or as much from both ends. Returns its
 * length; 0 if there is none or it is not in memory. If the last byte is no NUL, the process has overwritten its arguments
 * with a title, which goes on to the first NUL, also beyond them. Not inlined, to save the callers' stack.
 */
static __noinline __u32 read_command(char *text, const struct mm_struct *mm)
{
	const char *start = (const char *)mm->arg_start;
	__u64 length = mm->arg_end - (__u64)start;
	long title;
	char last;

	if (!length || length > 0xffffffff || bpf_probe_read_user(&last, 1, start + length - 1))
		return 0;
	if (last) {
		title = bpf_probe_read_user_str(text, LONG_COMMAND, start);
		return title > 0 ? title : 0;
	}
	if (length > LONG_COMMAND)
		return bpf_probe_read_user(text, HALF_COMMAND, start) ||
		       bpf_probe_read_user(text + HALF_COMMAND, HALF_COMMAND, start + length - HALF_COMMAND) ? 0 : length;
	return bpf_probe_read_user(text, length, start) ? 0 : length;
}

struct hash_walk {
	const char *text;
	__u32 length;
	__u64 hash;
};

static long hash_step(__u32 index, struct hash_walk *walk)
{
	__u32 at = index * sizeof(__u64), left;
	__u64 word;

	if (index >= LONG_COMMAND / sizeof(word) || at >= walk->length)
		return 1;
	left = walk->length - at;
	word = *(const __u64 *)(walk->text + at);
	if (left < sizeof(word)) /* the bytes behind the end are of an earlier command line */
		word &= (1ULL << (left * 8)) - 1;
	walk->hash = mix(walk->hash, word);
	return 0;
}

/* Returns a hash of a command line that read_command() has read. */
static __always_inline __u64 hash_command(const char *text, __u32 length)
{
	struct hash_walk walk = { .text = text, .length = length, .hash = length };

	bpf_loop(LONG_COMMAND / sizeof(__u64), hash_step, &walk, 0);
	return walk.hash;
}

#endif
