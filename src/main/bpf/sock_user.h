/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The user of a socket: the process that most recently created, connected, sent with or listened on it. It is kept in
 * the socket's storage, because a packet can be sent or received while another process is current.
 */
#ifndef SOCK_USER_H
#define SOCK_USER_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "config.h"
#include "flow_record.h"
#include "kernel_types.h"
#include "layout.h"
#include "packet.h"
#include "process.h"

#define JIFFIES_MASK 0xffffffULL /* the part of a packet mark that is the time; the rest is the hash of the flow */
#define MARKS_BITS   7
#define MARKS        (1 << MARKS_BITS)

#define SK_USER_DATA_NOCOPY 1UL /* include/net/sock.h */

/* Nanoseconds within which a SYN counts as sent at connect(): FlowRecords.SIMULTANEOUS_NANOS of the Java side. */
#define SYN_NANOS 20000000

/* The programs never change the owner but replace the whole entry, so that no program reads a half-written owner. */
struct sock_user {
	struct owner owner;
	__u64 latest[2]; /* by role: mark of the latest packet that was recorded */
	__u32 sent;      /* 1: known from a call that sends; 0: created, connected, listens or holds the socket */
	__u32 seed;      /* random seed of the hash in packet marks, so that those of other users differ */
	__u64 leader;    /* address of the thread group leader's task_struct, which may have been freed since */
};

/*
 * Socket to its user.
 *
 * Entries are inserted in set_user(): sockops (listen), cgroup/sock_create, connect4/6, sendmsg4/6; in iter/task_file
 * for sockets that have none.
 * Entries are removed in use_socket(), to be replaced; by the kernel with the socket.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sock_user);
} users SEC(".maps");

/* Latest packet marks of both roles, at mark_index(). */
struct packet_marks {
	__u64 mark[MARKS];
};

/*
 * Socket to the packet marks of several flows. Only sockets with packets of several flows in one jiffy have an entry.
 *
 * Entries are inserted in set_mark(): cgroup_skb/egress, cgroup_skb/ingress.
 * Entries are removed by the kernel with the socket.
 */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct packet_marks);
} many SEC(".maps");

/* ---- packet marks: known flows are skipped ---- */

/*
 * Returns a hash of the flow, the role and jiffies in one word: a socket that sends to itself has both roles. If it
 * equals the socket's last mark, this packet adds nothing and is skipped. One word, so that CPUs update it atomically;
 * jiffies, because reading them needs no helper call.
 */
static __always_inline __u64 packet_mark(enum role role, const struct flow_key *key, const struct sock_user *user)
{
	return (hash_of(key, user->seed ^ role) & ~JIFFIES_MASK) | (bpf_jiffies64() & JIFFIES_MASK);
}

static __always_inline __u32 mark_index(__u64 mark)
{
	return mark >> (64 - MARKS_BITS);
}

static __always_inline bool of_one_jiffy(__u64 mark, __u64 other)
{
	return !((mark ^ other) & JIFFIES_MASK);
}

static __always_inline bool is_marked(struct sock_user *user, struct bpf_sock *sk, enum role role, __u64 mark)
{
	struct packet_marks *marks;

	if (user->latest[role] == mark)
		return true;
	if (!of_one_jiffy(user->latest[role], mark)) /* the first packet of this jiffy: many has none */
		return false;
	marks = bpf_sk_storage_get(&many, sk, NULL, 0);
	return marks && marks->mark[mark_index(mark)] == mark;
}

/* Sets a packet mark. If the socket's storage cannot be allocated, the flow's next packet is not skipped. */
static __always_inline void set_mark(struct sock_user *user, struct bpf_sock *sk, enum role role, __u64 mark)
{
	bool several = of_one_jiffy(user->latest[role], mark); /* another flow had a packet in this jiffy */
	struct packet_marks *marks = bpf_sk_storage_get(&many, sk, NULL, several ? BPF_SK_STORAGE_GET_F_CREATE : 0);

	user->latest[role] = mark;
	if (marks)
		marks->mark[mark_index(mark)] = mark;
}

/* ---- the user of a socket ---- */

/* Returns the address as a number, because the verifier refuses to store a pointer. */
static __always_inline __u64 leader_address(struct task_struct *task)
{
	return (__u64)BPF_CORE_READ(task, group_leader);
}

/* Lets the service look for acceptors in containers, if the socket is in one. */
static __always_inline void announce_container(const struct owner *owner)
{
	struct exchange *shared = is_own(owner) ? NULL : exchanged();

	if (shared && !shared->containers)
		shared->containers = 1;
}

/* Makes the current process the user of a socket that has none. Kernel threads are no users. */
static __always_inline void set_user(void *context, struct bpf_sock *sk, struct task_struct *task, bool sent)
{
	struct sock_user user;

	if (task->flags & PF_KTHREAD)
		return;
	user = (struct sock_user){ .sent = sent, .seed = bpf_get_prandom_u32(), .leader = leader_address(task) };
	describe_current(&user.owner, bpf_get_netns_cookie(context));
	announce_container(&user.owner);
	bpf_sk_storage_get(&users, sk, &user, BPF_SK_STORAGE_GET_F_CREATE);
	record_current_process(user.owner.version);
}

/* Makes the current process, which uses the socket in a system call, its user. */
static __always_inline void use_socket(void *context, struct bpf_sock *sk, bool sent)
{
	struct task_struct *task = current_task();
	struct sock_user *user = bpf_sk_storage_get(&users, sk, NULL, 0);

	if (user && is_owner(task, &user->owner)) {
		user->sent = sent;
		return;
	}
	if (user)
		bpf_sk_storage_delete(&users, sk);
	set_user(context, sk, task, sent);
}

/*
 * Makes the owner of a packet the user of its socket, if it is the same process with another program, user, group or
 * cgroup. Else no later packet would match a mark. Not inlined, to save the caller's stack.
 */
static __noinline int renew_user(struct bpf_sock *sk, const struct sock_user *old, const struct owner *owner)
{
	struct task_struct *task = current_task();
	struct sock_user user = { .owner = *owner, .sent = old->sent, .seed = old->seed, .leader = leader_address(task) };

	if (owner->process.start != old->owner.process.start || owner->process.tgid != old->owner.process.tgid)
		return 0;
	bpf_sk_storage_delete(&users, sk);
	bpf_sk_storage_get(&users, sk, &user, BPF_SK_STORAGE_GET_F_CREATE);
	return 0;
}

/* Calls use_socket() for connect() and sendmsg(), except for TCP, which sockops covers. */
static __always_inline void use_datagram_socket(struct bpf_sock_addr *call, bool sent)
{
	struct bpf_sock *sk = call->sk;

	if (sk && call->type != SOCK_STREAM)
		use_socket(call, sk, sent);
}

/*
 * Returns the socket that the current system call is about, else NULL: its first argument is the descriptor, of splice(2) the
 * third.
 */
static __always_inline struct sock *socket_argument(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	bool splices = (int)BPF_CORE_READ(regs, SYSCALL_NUMBER) == NR_SPLICE;
	__u32 fd = splices ? BPF_CORE_READ(regs, THIRD_ARGUMENT) : BPF_CORE_READ(regs, FIRST_ARGUMENT);
	struct fdtable *table = task->files->fdt;
	struct file **slot = table->fd + fd, *file = NULL;
	struct socket *socket;

	if (fd >= table->max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slot);
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* ---- flows of a socket ---- */

/*
 * Reports whether the kernel itself listens on the socket, such as its NFS server: it created the socket and set sk_user_data.
 * The sockets below MPTCP and SMC are the kernel's too, but a process listens on them: those of MPTCP have a ULP, those of
 * SMC set SK_USER_DATA_NOCOPY.
 */
static __always_inline bool is_kernel_listener(struct bpf_sock *sk)
{
	struct sock *tcp = sk->protocol == IPPROTO_TCP ? (struct sock *)bpf_skc_to_tcp_sock(sk) : NULL;
	__u64 data;

	if (!tcp || !BPF_CORE_READ_BITFIELD_PROBED(tcp, sk_kern_sock))
		return false;
	data = (__u64)BPF_CORE_READ(tcp, sk_user_data);
	return data && !(data & SK_USER_DATA_NOCOPY) && !BPF_CORE_READ((struct inet_connection_sock *)tcp, icsk_ulp_ops);
}

/* Reports whether a TCP socket is in the service's network namespace. */
static __always_inline bool is_own_tcp(struct bpf_sock *sk)
{
	struct sock *tcp = (struct sock *)bpf_skc_to_tcp_sock(sk);

	return tcp && tcp->__sk_common.skc_net.net->net_cookie == config.netns_cookie;
}

/* Records the flow of a SYN that reached a socket on which the kernel itself listens. */
static __always_inline void record_kernel_receiver(struct __sk_buff *skb, struct bpf_sock *sk, struct flow_key *key)
{
	struct flow flow = { .socket = bpf_get_socket_cookie(skb), .owner = { .flags = KERNEL }, .ifindex = skb->ifindex };

	key->own_netns = is_own_tcp(sk);
	record_flow(ACCEPTOR, key, &flow, false);
}

/* Records the flow of a packet that the socket received, unless a mark shows that this jiffy's record exists. */
static __always_inline void record_receiver(struct __sk_buff *skb, struct bpf_sock *sk, struct flow_key *key,
					    struct sock_user *user)
{
	struct flow flow;
	__u64 mark;

	key->own_netns = is_own(&user->owner);
	mark = packet_mark(ACCEPTOR, key, user);
	if (is_marked(user, sk, ACCEPTOR, mark))
		return;
	flow = (struct flow){ .socket = bpf_get_socket_cookie(skb), .owner = user->owner, .ifindex = skb->ifindex };
	refresh_distant_owner(&flow.owner, (const struct task_struct *)user->leader);
	record_flow(ACCEPTOR, key, &flow, false);
	set_mark(user, sk, ACCEPTOR, mark);
}

/*
 * Records the sender of a packet. The packet can leave while another process is current: one that reinjects it from
 * NFQUEUE, or one that an interrupt hit. So the flow gets a record only if one of these holds:
 *   - the current process is the socket's user,
 *   - the file descriptor that the current system call writes to is this socket, which was inherited or passed,
 *   - the socket's user is known from a call that sends, which comes before any packet.
 */
static __always_inline void record_sender(struct __sk_buff *skb, struct bpf_sock *sk, struct flow_key *key)
{
	struct flow flow;
	struct task_struct *task = current_task();
	struct sock_user *user = bpf_sk_storage_get(&users, sk, NULL, 0);
	bool current = true, by_user = user && is_owner(task, &user->owner);
	struct sock *argument;
	__u64 mark = 0;

	if (by_user) {
		key->own_netns = is_own(&user->owner);
		mark = packet_mark(INITIATOR, key, user);
		if (is_marked(user, sk, INITIATOR, mark))
			return;
	}
	flow = (struct flow){ .socket = bpf_get_socket_cookie(skb), .ifindex = skb->ifindex };
	if (by_user) {
		describe_current(&flow.owner, user->owner.netns_cookie);
		if (!flow.owner.netns) /* the process has left the socket's namespace */
			flow.owner.netns = user->owner.netns;
		flow.owner.flags |= user->owner.flags & ~DISTANT;
	} else {
		argument = socket_argument(task);
		if (argument && BPF_CORE_READ(argument, __sk_common.skc_cookie.counter) == flow.socket) {
			describe_current(&flow.owner, BPF_CORE_READ(argument, __sk_common.skc_net.net, net_cookie));
			if (user)
				renew_user(sk, user, &flow.owner);
		} else if (user && user->sent) {
			current = false;
			flow.owner = user->owner;
			refresh_distant_owner(&flow.owner, (const struct task_struct *)user->leader);
		} else {
			if (user) /* the process that created or connected the socket need not be the sender */
				count(SENDERS_UNKNOWN);
			return;
		}
		key->own_netns = is_own(&flow.owner);
	}
	if (key->protocol == IPPROTO_TCP)
		flow.owner.flags |= FORGED;
	record_flow(INITIATOR, key, &flow, current);
	if (by_user)
		set_mark(user, sk, INITIATOR, mark);
}

/* Returns the device that a connecting socket's packets leave by; 0 if there is no route. */
static __always_inline __u32 device_of(struct bpf_sock *sk)
{
	struct sock *tcp = (struct sock *)bpf_skc_to_tcp_sock(sk);

	return tcp ? BPF_CORE_READ(tcp, sk_dst_cache, dev, ifindex) : 0;
}

/*
 * Updates a connection's record when a SYN leaves. Conntrack reports the connection with the first SYN that no rule
 * drops, which can be a minute after connect(). The first SYN leaves the time as it is, because it follows connect() at
 * once. If a socket of another network namespace has the same tuple, other_seen is set. Not inlined, to save the
 * caller's stack.
 */
static __noinline int record_syn(struct __sk_buff *skb, struct bpf_sock *sk)
{
	struct flow_key key = {};
	struct flow *flow;
	__u64 now = bpf_ktime_get_ns();

	tuple_of_socket(&key, sk);
	key.own_netns = is_own_tcp(sk);
	flow = find_record(INITIATOR, &key);
	if (!flow)
		return 0;
	if (flow->socket != bpf_get_socket_cookie(skb)) {
		flow->other_seen = now;
		return 0;
	}
	flow->left = skb->ifindex;
	if (now - flow->seen > SYN_NANOS)
		flow->seen = now;
	return 0;
}

/* Records the current process as owner of a TCP connection, before its first packet. */
static __always_inline void record_connect(struct bpf_sock_ops *ops, struct bpf_sock *sk)
{
	struct flow flow = { .socket = bpf_get_socket_cookie(ops) };
	struct flow_key key = {};

	tuple_of_socket(&key, sk);
	flow.ifindex = device_of(sk);
	describe_current(&flow.owner, bpf_get_netns_cookie(ops));
	key.own_netns = is_own(&flow.owner);
	record_flow(INITIATOR, &key, &flow, !(flow.owner.flags & KERNEL));
}

#endif
