/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks along linked kernel structures: pid namespaces, executable path, ancestors, cgroup path. Each walk is a
 * bpf_loop() (Linux 5.17): the verifier checks one step instead of all, which makes loading several times as fast.
 */
#ifndef PATH_WALK_H
#define PATH_WALK_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "config.h"
#include "kernel_types.h"
#include "layout.h"

#define NAME_SIZE    256 /* NAME_MAX + 1, include/uapi/linux/limits.h */
#define PATH_DEPTH   40  /* names and mount points of an executable's path */
#define CGROUP_DEPTH 24

/* Returns the pid's entry for one pid namespace that it is visible in; level 0 is the initial namespace. */
static __always_inline const struct upid *pid_at(const struct pid *pid, __u32 level)
{
	return (const void *)pid + bpf_core_field_offset(struct pid, numbers) + level * bpf_core_type_size(struct upid);
}

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

/* Returns the process id of a thread group leader in the service's pid namespace, 0 if not visible there. */
static __noinline __u32 visible_pid(const struct task_struct *leader)
{
	const struct pid *pid;
	struct pid_walk walk = {};

	if (config.pidns == INITIAL_PIDNS)
		return BPF_CORE_READ(leader, tgid);
	walk.pid = pid = BPF_CORE_READ(leader, thread_pid);
	bpf_loop(BPF_CORE_READ(pid, level) + 1, pid_step, &walk, 0);
	return walk.visible;
}

/* Appends a name and returns the new length. The array needs NAME_SIZE bytes of room behind size. */
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
	__u32 complete; /* not bool: the verifier must see that a step returns 0 or 1 */
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

/*
 * Reads the file's path into the process and returns its length, PATH_SIZE or more if it is cut. Walks as d_path() does
 * from the leaf up: a mount's root continues at its mount point, up to the root of the mount namespace.
 */
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

/* Reports whether the file is unlinked, as d_unhashed() does; a file of memfd_create() always is. */
static __always_inline bool is_unlinked(struct file *file)
{
	return !BPF_CORE_READ(file, f_path.dentry, d_hash.pprev);
}

struct ancestor_walk {
	struct process *process;
	struct task_struct *task;
	__u32 count;
};

static long ancestor_step(__u32 __attribute__((unused)) index, struct ancestor_walk *walk)
{
	struct task_struct *task = walk->task, *parent = BPF_CORE_READ(task, real_parent, group_leader);
	__u32 pid = visible_pid(parent), count = walk->count;

	barrier_var(count);
	if (!pid || count >= ANCESTORS) /* 0: init's parent, or outside the service's pid namespace */
		return 1;
	walk->process->ancestor[count].pid = pid;
	bpf_probe_read_kernel_str(walk->process->ancestor[count].comm, COMM_SIZE, &parent->comm);
	walk->count = count + 1;
	walk->task = parent;
	return 0;
}

/* Reads the task's ancestors, the parent first, into the process and returns their number. */
static __noinline __u32 read_ancestors(struct process *process, struct task_struct *task)
{
	struct ancestor_walk walk = { .process = process, .task = task };

	bpf_loop(ANCESTORS, ancestor_step, &walk, 0);
	return walk.count;
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

/* Reads the path from the node up to the service's cgroup2 root. */
static __always_inline void read_cgroup_path(struct cgroup_path *cgroup, struct kernfs_node *node)
{
	struct cgroup_walk walk = { .cgroup = cgroup, .node = node };

	bpf_loop(CGROUP_DEPTH, cgroup_step, &walk, 0);
	cgroup->length = walk.length;
}

#endif
