/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of processes: struct owner with every flow, struct process once an image, struct cgroup_path once a cgroup.
 * They are read from the current task while it uses a socket, because the task may be gone when the service reads the
 * event. Two owners are not the current task: that of refresh_distant_owner(), and the holder of a socket in socket_iter.h.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <stddef.h>

#include "command.h"
#include "config.h"
#include "kernel_types.h"
#include "layout.h"
#include "path_walk.h"
#include "scratch.h"

/*
 * Process image records.
 *
 * Entries are inserted in record_image(), called by all hooks but cgroup_skb/ingress and iter/task_file.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384); /* the loader sets this to KernelProcesses= */
	__type(key, struct image_key);
	__type(value, struct process);
} processes SEC(".maps");

/*
 * Command lines of more than COMMAND_SIZE bytes, in parts of PART_SIZE bytes, from byte COMMAND_SIZE on. The key's part is
 * 1 for the first.
 *
 * Entries are inserted in record_parts(), called by record_image(): before the image's own record, and again if one was
 * evicted.
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096); /* the loader sets this to a share of KernelProcesses= */
	__type(key, struct image_key);
	__type(value, char[PART_SIZE]);
} command_parts SEC(".maps");

/*
 * Paths of cgroups by cgroup id.
 *
 * Entries are inserted in record_cgroup(), called by the same hooks as record_image().
 * Entries are removed by LRU eviction only.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024); /* the loader sets this to a share of KernelProcesses= */
	__type(key, __u64);
	__type(value, struct cgroup_path);
} cgroups SEC(".maps");

/* The process recorded most recently on a CPU. A process that opens many flows is looked up once in a jiffy. */
struct latest_process {
	struct image_key image;
	__u64 cgroup;
	__u64 jiffies;
};

/*
 * One struct latest_process for each CPU. A program can preempt another on the same CPU, so the fields of an entry may
 * be of several tasks. A task that matches all fields has been recorded nevertheless.
 *
 * Entries are inserted at load, because the map is an array; record_current_process() overwrites them.
 * Entries are never removed.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct latest_process);
} latest SEC(".maps");

/*
 * Returns the current task, whose pointers are followed by direct loads. For each pointer that is loaded from a trusted one the
 * verifier searches the kernel's types by name up to four times (check_ptr_to_btf_access() in kernel/bpf/verifier.c), which was
 * half of the time to load the programs; the cast removes the trust. Linux 6.1 has neither, and without CAP_SYS_ADMIN libbpf
 * cannot find out that a kernel lacks a function: so the programs are compiled without the cast, too. BPF_CORE_READ, for
 * pointers whose type the verifier does not know, costs a helper call of some 25 ns a step.
 */
#ifdef WITHOUT_CAST
static __always_inline struct task_struct *current_task(void)
{
	return bpf_get_current_task_btf();
}
#else
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym; /* Linux 6.2 */

static __always_inline struct task_struct *current_task(void)
{
	return bpf_rdonly_cast(bpf_get_current_task_btf(), bpf_core_type_id_kernel(struct task_struct));
}
#endif

static __always_inline struct process_id process_id(struct task_struct *task)
{
	return (struct process_id){
		.start = task->group_leader->start_boottime,
		.tgid = task->tgid,
		.image = task->self_exec_id,
	};
}

static __always_inline bool same_process(const struct process_id *a, const struct process_id *b)
{
	return a->start == b->start && a->tgid == b->tgid && a->image == b->image;
}

/*
 * Users and groups are those of real_cred: the kernel overrides cred for a moment, for example overlayfs with the
 * credentials of the mounter.
 */

/* Reports whether the task is the owner, with the image, user, group and cgroup of the record. */
static __always_inline bool is_owner(struct task_struct *task, const struct owner *owner)
{
	struct process_id id = process_id(task);

	return same_process(&id, &owner->process) && task->real_cred->uid.val == owner->uid &&
	       task->real_cred->gid.val == owner->gid && task->cgroups->dfl_cgrp->kn->id == owner->cgroup;
}

/*
 * Returns a hash of the facts that can change within one image: the command line, the parent, and the name and directory
 * of the executable. Never 0. Not inlined, to save the callers' stack.
 */
static __noinline __u32 version_of(struct task_struct *task, const char *command, __u32 length)
{
	struct dentry *exe = task->mm->exe_file->f_path.dentry;
	__u64 hash = mix(hash_command(command, length), task->group_leader->real_parent->tgid);

	hash = mix(hash, exe->d_name.hash);
	hash = mix(hash, exe->d_parent->d_inode->i_ino);
	return hash >> 32 | 1;
}

/* Returns the version of the image that the current task runs now; 0 if the command line is not in memory or no buffer is free. */
static __always_inline __u32 image_version(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	struct scratch *scratch = mm ? take_scratch() : NULL;
	__u32 length, version = 0;

	if (!scratch)
		return 0;
	length = read_command(scratch->command, mm);
	if (length)
		version = version_of(task, scratch->command, length);
	release_scratch(scratch);
	return version;
}

/* Reads a task as owner of a socket in the namespace of that cookie, without the version. */
static __always_inline void describe_task(struct owner *owner, struct task_struct *task, __u64 netns_cookie)
{
	struct nsproxy *namespaces = task->nsproxy;
	const struct cred *cred = task->real_cred;
	struct task_struct *leader = task->group_leader;

	*owner = (struct owner){
		.process = process_id(task),
		.cgroup = task->cgroups->dfl_cgrp->kn->id,
		.netns_cookie = netns_cookie,
		.pid = visible_pid(leader),
		.uid = cred->uid.val,
		.gid = cred->gid.val,
		.loginuid = bpf_core_field_exists(task->loginuid) ? task->loginuid.val : -1, /* CONFIG_AUDIT */
		.euid = cred->euid.val,
		.flags = task->flags & PF_KTHREAD ? KERNEL : 0,
	};
	if (namespaces && namespaces->net_ns->net_cookie == netns_cookie)
		owner->netns = namespaces->net_ns->ns.inum;
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), leader->comm);
}

/*
 * Reads the current task as owner of a socket in the namespace of that cookie. If the version is unknown, the service has to
 * read /proc as for an owner that is not the current task. Not static, so that the verifier checks it once in each program.
 */
__noinline int describe_current(struct owner *owner, __u64 netns_cookie)
{
	struct task_struct *task = current_task();
	struct mm_struct *mm = task->mm;

	if (!owner) /* the verifier asks for it */
		return 0;
	describe_task(owner, task, netns_cookie);
	owner->version = image_version(task);
	if (!owner->version)
		owner->flags |= DISTANT;
	if (mm && !mm->exe_file->f_path.dentry->d_hash.pprev)
		owner->flags |= DELETED;
	return 0;
}

/*
 * Updates the fields that may have changed of an owner that is not the current task. leader may have been freed, so it
 * is used only if it still is the owner's task. The memory of another task cannot be read, so the version remains that
 * of an earlier time.
 */
static __always_inline void refresh_distant_owner(struct owner *owner, const struct task_struct *leader)
{
	struct file *file;

	owner->flags |= DISTANT;
	if (!leader || BPF_CORE_READ(leader, start_boottime) != owner->process.start ||
	    (__u32)BPF_CORE_READ(leader, tgid) != owner->process.tgid)
		return;
	owner->process.image = BPF_CORE_READ(leader, self_exec_id);
	owner->cgroup = BPF_CORE_READ(leader, cgroups, dfl_cgrp, kn, id);
	owner->uid = BPF_CORE_READ(leader, real_cred, uid.val);
	owner->gid = BPF_CORE_READ(leader, real_cred, gid.val);
	owner->euid = BPF_CORE_READ(leader, real_cred, euid.val);
	if (bpf_core_field_exists(leader->loginuid))
		owner->loginuid = BPF_CORE_READ(leader, loginuid.val);
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), leader->comm);
	file = BPF_CORE_READ(leader, mm, exe_file);
	if (file && is_unlinked(file))
		owner->flags |= DELETED;
}

struct part_walk {
	struct image_key id;
	const char *command;
	__u32 length;
	__u32 missing;
};

static long find_part(__u32 index, struct part_walk *walk)
{
	if (COMMAND_SIZE + index * PART_SIZE >= walk->length)
		return 1;
	walk->id.part = index + 1;
	walk->missing = !bpf_map_lookup_elem(&command_parts, &walk->id);
	return walk->missing ? 1 : 0;
}

/* Reports whether all parts of a command line are recorded. The lookups keep them from being evicted soon. */
static __noinline bool has_parts(const struct image_key *id, __u32 length)
{
	struct part_walk walk = { .id = *id, .length = length };

	if (length > COMMAND_SIZE)
		bpf_loop(PARTS, find_part, &walk, 0);
	return !walk.missing;
}

static long record_part(__u32 index, struct part_walk *walk)
{
	if (index >= PARTS || COMMAND_SIZE + index * PART_SIZE >= walk->length)
		return 1;
	walk->id.part = index + 1;
	if (bpf_map_update_elem(&command_parts, &walk->id, walk->command + COMMAND_SIZE + index * PART_SIZE, BPF_ANY))
		count(PROCESSES_FAILED);
	return 0;
}

/* Records what struct process cannot hold of a command line. */
static __noinline void record_parts(const struct image_key *id, const char *command, __u32 length)
{
	struct part_walk walk = { .id = *id, .command = command, .length = length };

	bpf_loop(PARTS, record_part, &walk, 0);
}

/* Reads pid namespace, ancestors and executable of the current task. */
static __always_inline void describe_image(struct process *process, struct task_struct *task, struct mm_struct *mm)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *innermost = pid_at(pid, BPF_CORE_READ(pid, level));

	process->pidns = BPF_CORE_READ(innermost, ns, ns.inum);
	process->ancestors = read_ancestors(process, task);
	process->path_length = read_path(process, BPF_CORE_READ(mm, exe_file));
	process->deleted = is_unlinked(BPF_CORE_READ(mm, exe_file));
	process->inode = BPF_CORE_READ(mm, exe_file, f_inode, i_ino);
	process->device = BPF_CORE_READ(mm, exe_file, f_inode, i_sb, s_dev);
}

/*
 * Records path, command line and ancestors of the current task, once per image and version, and parts of the command line
 * again that were evicted. Only for the current task, because the command line is read from its memory; a command line
 * that is of another version by then is not recorded. Returns 0 if no buffer is free or the map is full, else 1.
 */
static __noinline int record_image(struct task_struct *task, __u32 version)
{
	struct image_key id = { .process = process_id(task), .version = version };
	struct mm_struct *mm = task->mm;
	struct process *process = bpf_map_lookup_elem(&processes, &id);
	bool known = process != NULL;
	struct scratch *scratch;
	__u32 length;
	long failed = 0;

	if (!mm || (process && has_parts(&id, process->command_length)))
		return 1;
	scratch = take_scratch();
	if (!scratch) {
		count(PROCESSES_FAILED);
		return 0;
	}
	length = version ? read_command(scratch->command, mm) : 0;
	if (length && version_of(task, scratch->command, length) != version)
		length = 0;
	if (length > COMMAND_SIZE)
		record_parts(&id, scratch->command, length);
	if (!known) {
		process = &scratch->process;
		__builtin_memcpy(process->command, scratch->command, COMMAND_SIZE);
		__builtin_memset(process, 0, offsetof(struct process, command));
		process->id = id.process;
		process->command_length = length;
		describe_image(process, task, mm);
		failed = bpf_map_update_elem(&processes, &id, process, BPF_ANY);
		if (failed)
			count(PROCESSES_FAILED);
	}
	release_scratch(scratch);
	return !failed;
}

/*
 * Records the path of the task's cgroup, once per cgroup. The cgroup of a transient unit is gone before the service can
 * read its path. Returns 0 if no buffer is free or the map is full, else 1.
 */
static __noinline int record_cgroup(struct task_struct *task)
{
	struct kernfs_node *node = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	__u64 id = BPF_CORE_READ(node, id);
	struct scratch *scratch;
	long failed;

	if (bpf_map_lookup_elem(&cgroups, &id))
		return 1;
	scratch = take_scratch();
	if (!scratch) {
		count(PROCESSES_FAILED);
		return 0;
	}
	read_cgroup_path(&scratch->cgroup, node);
	failed = bpf_map_update_elem(&cgroups, &id, &scratch->cgroup, BPF_ANY);
	if (failed)
		count(PROCESSES_FAILED);
	release_scratch(scratch);
	return !failed;
}

/* Records image and cgroup of the current task. Not static, so that the verifier checks it once in each program. */
__noinline int record_current_process(__u32 version)
{
	struct task_struct *task = current_task();
	struct process_id id = process_id(task);
	__u64 cgroup = task->cgroups->dfl_cgrp->kn->id, jiffies = bpf_jiffies64();
	__u32 first = 0;
	struct latest_process *recorded = bpf_map_lookup_elem(&latest, &first);
	int has_image, has_cgroup;

	if (recorded && same_process(&recorded->image.process, &id) && recorded->image.version == version &&
	    recorded->cgroup == cgroup && recorded->jiffies == jiffies)
		return 0;
	has_image = record_image(task, version);
	has_cgroup = record_cgroup(task);
	if (recorded && has_image && has_cgroup)
		*recorded = (struct latest_process){
			.image = { .process = id, .version = version }, .cgroup = cgroup, .jiffies = jiffies
		};
	return 0;
}

#endif
