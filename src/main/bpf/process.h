/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept of a process: who it is (struct owner, with every flow), what it runs (struct process, once an image)
 * and where it is (struct cgroup_path, once a cgroup). All of it is read from the running task while it uses a socket:
 * nothing has to be looked up later, when it may be gone.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "flow_owner.h"
#include "kernel_types.h"

#define NAME_SIZE       256 /* NAME_MAX + 1, include/uapi/linux/limits.h */
#define PATH_DEPTH      40  /* names and mount points of an executable's path */
#define CGROUP_DEPTH    24

const volatile struct config config SEC(".rodata.config");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct process_id);
	__type(value, struct process);
} processes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 512);
	__type(key, struct process_id);
	__type(value, char[LONG_COMMAND]);
} long_commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct cgroup_path);
} cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

/*
 * Room to build a record in, too large for the stack. These programs can be preempted by one another on the same CPU,
 * so each takes a buffer that is free instead of "the CPU's own".
 */
struct scratch {
	__u64 taken;
	union {
		struct process process;
		struct cgroup_path cgroup;
		char command[LONG_COMMAND];
	};
};

#define SCRATCH_BUFFERS 4

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCH_BUFFERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratch_buffers SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

static __always_inline struct scratch *take_scratch(void)
{
	for (__u32 i = 0; i < SCRATCH_BUFFERS; i++) {
		__u32 key = i; /* whose address is taken: the verifier could not follow i itself */
		struct scratch *scratch = bpf_map_lookup_elem(&scratch_buffers, &key);

		if (scratch && __sync_val_compare_and_swap(&scratch->taken, 0, 1) == 0)
			return scratch;
	}
	return NULL;
}

static __always_inline void release_scratch(struct scratch *scratch)
{
	__sync_val_compare_and_swap(&scratch->taken, 1, 0);
}

/* One entry of the task's pid for each pid namespace that it is visible in, the initial one first. */
static __always_inline const struct upid *pid_at(const struct pid *pid, __u32 level)
{
	return (const void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
}

/*
 * The walks below are bpf_loop() (Linux 5.17): the verifier looks at one step instead of at all of them, which makes
 * loading several times as fast.
 */
struct pid_walk {
	const struct pid *pid;
	__u32 visible;
};

static long pid_step(__u32 level, struct pid_walk *walk)
{
	const struct upid *number = pid_at(walk->pid, level);

	if (BPF_CORE_READ(number, ns, ns.inum) != config.pidns)
		return 0;
	walk->visible = BPF_CORE_READ(number, nr);
	return 1;
}

/* The process id in the service's pid namespace, 0: not visible there. The pid must have been read, not dereferenced. */
static __noinline __u32 visible_pid(const struct pid *pid)
{
	struct pid_walk walk = { .pid = pid };

	bpf_loop(BPF_CORE_READ(pid, level) + 1, pid_step, &walk, 0);
	return walk.visible;
}

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

/* Is the task the owner, with nothing changed since that a journal entry would show? */
static __always_inline bool is_owner(struct task_struct *task, const struct owner *owner)
{
	struct process_id id = process_id(task);

	return same_process(&id, &owner->process) && task->cred->uid.val == owner->uid &&
	       task->cred->gid.val == owner->gid && task->cgroups->dfl_cgrp->kn->id == owner->cgroup;
}

static __always_inline void describe_owner(struct owner *owner, struct task_struct *task, __u64 netns_cookie)
{
	struct task_struct *leader = task->group_leader;
	struct nsproxy *namespaces = task->nsproxy;

	*owner = (struct owner){
		.process = process_id(task),
		.cgroup = task->cgroups->dfl_cgrp->kn->id,
		.netns_cookie = netns_cookie,
		.pid = visible_pid(BPF_CORE_READ(leader, thread_pid)),
		.uid = task->cred->uid.val,
		.gid = task->cred->gid.val,
		.loginuid = -1,
		.session = -1,
		.flags = task->flags & PF_KTHREAD ? KERNEL : 0,
	};
	if (namespaces && namespaces->net_ns->net_cookie == netns_cookie)
		owner->netns = namespaces->net_ns->ns.inum;
	if (bpf_core_field_exists(task->loginuid)) /* CONFIG_AUDIT */
		owner->loginuid = task->loginuid.val;
	if (bpf_core_field_exists(task->sessionid))
		owner->session = task->sessionid;
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), leader->comm);
}

/* Appends a name to names that have room for one more behind their last byte; returns the new length. */
static __always_inline __u32 append_name(char *names, __u32 length, __u32 size, const void *name)
{
	long added;

	barrier_var(length);
	if (length >= size)
		return length;
	added = bpf_probe_read_kernel_str(names + length, NAME_SIZE, name);
	return added > 0 ? length + added : length;
}

struct path_walk {
	struct process *process;
	struct dentry *dentry;
	struct mount *mount;
	__u32 length;
	__u32 complete; /* not bool: the verifier wants to see that a step returns 0 or 1 */
};

static long path_step(__u32 __attribute__((unused)) index, struct path_walk *walk)
{
	struct dentry *dentry = walk->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = walk->mount;

	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		walk->complete = above == mount;
		walk->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		walk->mount = above;
		return walk->complete ? 1 : 0;
	}
	walk->length = append_name(walk->process->path, walk->length, PATH_SIZE, BPF_CORE_READ(dentry, d_name.name));
	walk->complete = parent == dentry;
	walk->dentry = parent;
	return walk->complete || walk->length >= PATH_SIZE ? 1 : 0;
}

/* d_unhashed(): unlinked, or as memfd_create() makes it never linked */
static __always_inline bool is_unlinked(struct file *file)
{
	return !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev);
}

/* Does the task, which must be current, run a file that is no longer linked? Inlined it would take the callers' last stack. */
static __noinline __u32 deleted_flag(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	return mm && is_unlinked(BPF_CORE_READ(mm, exe_file)) ? DELETED : 0;
}

/* What d_path() does, from the leaf up: a mount's root continues at its mount point, up to the root of the mount namespace. */
static __noinline __u32 read_path(struct process *process, struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct path_walk walk = {
		.process = process,
		.dentry = dentry,
		.mount = (void *)BPF_CORE_READ(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt),
	};

	bpf_loop(PATH_DEPTH, path_step, &walk, 0);
	return walk.complete ? walk.length : PATH_SIZE;
}

struct ancestor_walk {
	struct process *process;
	struct task_struct *task;
	__u32 count;
};

static long ancestor_step(__u32 __attribute__((unused)) index, struct ancestor_walk *walk)
{
	struct task_struct *task = walk->task, *parent = BPF_CORE_READ(task, real_parent, group_leader);
	__u32 pid = visible_pid(BPF_CORE_READ(parent, thread_pid)), count = walk->count;

	barrier_var(count);
	if (!pid || count >= ANCESTORS) /* init's parent, or beyond the service's pid namespace */
		return 1;
	walk->process->ancestor[count].pid = pid;
	bpf_probe_read_kernel_str(walk->process->ancestor[count].comm, COMM_SIZE, &parent->comm);
	walk->count = count + 1;
	walk->task = parent;
	return 0;
}

static __noinline __u32 read_ancestors(struct process *process, struct task_struct *task)
{
	struct ancestor_walk walk = { .process = process, .task = task };

	bpf_loop(ANCESTORS, ancestor_step, &walk, 0);
	return walk.count;
}

/* The first bytes of the command line; false: not in memory. The barrier keeps the check where the verifier sees it. */
static __always_inline bool read_arguments(char *arguments, __u64 size, __u64 length, struct mm_struct *mm)
{
	if (length > size)
		length = size;
	barrier_var(length);
	return length <= size && bpf_probe_read_user(arguments, length, (void *)mm->arg_start) == 0;
}

/* Once an image: what the task runs. Only for the current task, whose memory holds the command line. 0: no room. */
static __noinline int remember_process(struct task_struct *task)
{
	struct process_id id = process_id(task);
	struct scratch *scratch;
	struct process *process;
	struct mm_struct *mm = task->mm;
	struct nsproxy *namespaces = task->nsproxy;
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const struct upid *innermost;
	__u64 length;
	long failed;

	if (!mm || bpf_map_lookup_elem(&processes, &id))
		return 1;
	scratch = take_scratch();
	if (!scratch) {
		count(PROCESSES_FAILED);
		return 0;
	}

	length = mm->arg_end - mm->arg_start;
	if (length > LONG_COMMAND)
		length = LONG_COMMAND;
	if (length > COMMAND_SIZE && read_arguments(scratch->command, LONG_COMMAND, length, mm) &&
	    bpf_map_update_elem(&long_commands, &id, scratch->command, BPF_ANY))
		count(PROCESSES_FAILED);

	process = &scratch->process;
	__builtin_memset(process, 0, sizeof(*process));
	process->id = id;
	innermost = pid_at(pid, BPF_CORE_READ(pid, level));
	process->pidns = BPF_CORE_READ(innermost, ns, ns.inum);
	process->mntns = namespaces ? namespaces->mnt_ns->ns.inum : 0;
	process->ancestors = read_ancestors(process, task);
	process->path_length = read_path(process, mm->exe_file);
	process->deleted = is_unlinked(mm->exe_file);
	process->inode = BPF_CORE_READ(mm, exe_file, f_inode, i_ino);
	process->device = BPF_CORE_READ(mm, exe_file, f_inode, i_sb, s_dev);
	process->command_length = read_arguments(process->command, COMMAND_SIZE, length, mm) ? length : 0;
	failed = bpf_map_update_elem(&processes, &id, process, BPF_ANY);
	count(failed ? PROCESSES_FAILED : PROCESSES_WRITTEN);
	release_scratch(scratch);
	return !failed;
}

static __always_inline struct kernfs_node *parent_of(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->__parent))
		return BPF_CORE_READ(node, __parent);
	return BPF_CORE_READ((struct kernfs_node___before_6_14 *)node, parent);
}

struct cgroup_walk {
	struct cgroup_path *cgroup;
	struct kernfs_node *node;
	__u32 length;
};

static long cgroup_step(__u32 __attribute__((unused)) index, struct cgroup_walk *walk)
{
	struct kernfs_node *node = walk->node, *parent = parent_of(node);

	if (!parent || BPF_CORE_READ(node, id) == config.cgroup_root)
		return 1;
	walk->length = append_name(walk->cgroup->names, walk->length, CGROUP_SIZE, BPF_CORE_READ(node, name));
	walk->node = parent;
	return 0;
}

/* Once a cgroup: its path. A transient unit's is gone before the service could look. 0: no room. */
static __noinline int remember_cgroup(struct task_struct *task)
{
	struct kernfs_node *node = task->cgroups->dfl_cgrp->kn;
	struct cgroup_walk walk = { .node = node };
	__u64 id = node->id;
	struct scratch *scratch;
	long failed;

	if (bpf_map_lookup_elem(&cgroups, &id))
		return 1;
	scratch = take_scratch();
	if (!scratch) {
		count(PROCESSES_FAILED);
		return 0;
	}
	walk.cgroup = &scratch->cgroup;
	bpf_loop(CGROUP_DEPTH, cgroup_step, &walk, 0);
	scratch->cgroup.length = walk.length;
	failed = bpf_map_update_elem(&cgroups, &id, &scratch->cgroup, BPF_ANY);
	if (failed)
		count(PROCESSES_FAILED);
	release_scratch(scratch);
	return !failed;
}

/*
 * Who was remembered in this tick of the clock, as who makes many flows was. These programs can be preempted by one another,
 * so the parts may be of several tasks; whoever matches all of them was remembered all the same.
 */
struct remembered {
	struct process_id process;
	__u64 cgroup;
	__u64 tick;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct remembered);
} latest SEC(".maps");

/* What the current task runs and where it is. Not static: so the verifier looks at it once in each program. */
__noinline int remember_current(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct process_id id = process_id(task);
	__u64 cgroup = task->cgroups->dfl_cgrp->kn->id, tick = bpf_jiffies64();
	__u32 first = 0;
	struct remembered *remembered = bpf_map_lookup_elem(&latest, &first);
	int process_known, cgroup_known;

	if (remembered && same_process(&remembered->process, &id) && remembered->cgroup == cgroup &&
	    remembered->tick == tick)
		return 0;
	process_known = remember_process(task);
	cgroup_known = remember_cgroup(task);
	if (remembered && process_known && cgroup_known)
		*remembered = (struct remembered){ .process = id, .cgroup = cgroup, .tick = tick };
	return 0;
}

#endif
