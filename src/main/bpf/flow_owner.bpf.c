// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Which process opens which flow, written down by the kernel while it happens. See flow_owner.h for what is kept.
 *
 * TCP: connect() in the connecting process, before the first packet ("sockops").
 * Everything else: the first packet itself, as it leaves ("egress"), once it is certain whose it is. It can leave in the
 * context of somebody else: of a program that reinjects it from NFQUEUE, of whom an interrupt hit. So one of these must hold:
 *   - the current process is the socket's known user: it created, connected or last sent with the socket ("users"),
 *   - the current system call's file descriptor is this socket: it was inherited or passed,
 *   - the socket's known user is known from a call that sends, which comes before any packet.
 * Else the flow gets no record.
 * Incoming flows: the packet as it reaches the listening socket ("ingress"); the owner is that socket's user.
 */
#include "process.h"

#include <bpf/bpf_endian.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#define PASS 1 /* what a cgroup program returns to leave everything as it is */

#define IDLE 1000000000 /* ns after which a flow's record is written anew, with its process's */

#define TICK       0xffffffULL /* the part of a mark that tells the time */
#define MARKS_BITS 7
#define MARKS      (1 << MARKS_BITS)

#define IP_OFFSET       0x1fff /* include/net/ip.h */
#define IPV6_EXTENSIONS 4      /* headers followed to find the transport */

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct trace);
} traces SEC(".maps");

/* The user of a socket. The owner is never changed, only replaced with the whole, so that nobody reads half of one. */
struct user {
	struct owner owner;
	__u64 latest[2]; /* by role: mark of the flow that the latest packet belonged to */
	__u32 sent;      /* 1: known from a call that sends; 0: created, connected or listens */
	__u32 seed;      /* of its marks: not those of another user of the socket */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct user);
} users SEC(".maps");

/* Of a socket with packets of several flows at a time: the latest mark of each, whichever its role, at mark_index(). */
struct marks {
	__u64 mark[MARKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct marks);
} many SEC(".maps");

/* ---- records ---- */

static __always_inline bool is_own(const struct owner *owner)
{
	return owner->netns_cookie == config.netns_cookie;
}

static __always_inline __u64 hash_of(const struct flow_key *key, __u64 seed)
{
	const __u64 *word = (const __u64 *)key;
	__u64 hash = seed;

	for (unsigned int i = 0; i < sizeof(*key) / sizeof(*word); i++)
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15ULL + (hash >> 29);
	return hash;
}

/*
 * A flow and a tick of the clock in one word: while it stays the same, nothing new is to be said of the socket's user. One
 * word, because packets of the same socket run on many CPUs. Ticks, as they are read without a call.
 */
static __always_inline __u64 mark_of(const struct flow_key *key, const struct user *user)
{
	return (hash_of(key, user->seed) & ~TICK) | (bpf_jiffies64() & TICK);
}

static __always_inline __u32 mark_index(__u64 mark)
{
	return mark >> (64 - MARKS_BITS);
}

static __always_inline bool is_marked(struct user *user, struct bpf_sock *sk, enum role role, __u64 mark)
{
	struct marks *marks;

	if (user->latest[role] == mark)
		return true;
	marks = bpf_sk_storage_get(&many, sk, NULL, 0);
	return marks && marks->mark[mark_index(mark)] == mark;
}

/* Where there is no room to mark it, its next packet is looked at again. */
static __always_inline void set_mark(struct user *user, struct bpf_sock *sk, enum role role, __u64 mark)
{
	bool one = (user->latest[role] ^ mark) & TICK; /* no other flow had a packet in this tick */
	struct marks *marks = bpf_sk_storage_get(&many, sk, NULL, one ? 0 : BPF_SK_STORAGE_GET_F_CREATE);

	user->latest[role] = mark;
	if (marks)
		marks->mark[mark_index(mark)] = mark;
}

/*
 * Writes a record, and leaves a trace of it. Where two processes use a tuple, two CPUs may do that at once, and neither find
 * what the other wrote: then the record says that there was another.
 */
static __noinline int store(const struct flow_key *key, struct flow *new)
{
	__u64 hash = hash_of(key, 0);
	__u32 index = hash >> 32 & config.trace_mask; /* the low bits know nothing of the destination port */
	struct trace *trace = bpf_map_lookup_elem(&traces, &index);
	struct flow *stored;
	__u32 turn;
	int failed;

	if (!trace)
		return 1;
	turn = __sync_fetch_and_add(&trace->entered, 1);
	if (*(volatile __u32 *)&trace->left != turn)
		new->other_seen = new->seen;
	stored = bpf_map_lookup_elem(&flows, key);
	if (stored && !same_process(&stored->owner.process, &new->owner.process))
		new->other_seen = stored->seen;
	failed = bpf_map_update_elem(&flows, key, new, BPF_ANY) != 0;
	if (*(volatile __u32 *)&trace->entered != turn + 1) {
		stored = bpf_map_lookup_elem(&flows, key);
		if (stored)
			stored->other_seen = new->seen;
	}
	__sync_fetch_and_add(&trace->left, 1);
	trace->hash = hash;
	trace->time = new->seen >> 20;
	return failed;
}

/*
 * A record that already says it all gets the time of this packet; false: there is none, or not used for a while. Then new
 * has the times and the flags, and no more.
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
	if (new->seen - old->seen > IDLE || old->socket != socket || old->owner.flags != new->owner.flags ||
	    old->owner.uid != owner->uid || old->owner.gid != owner->gid || old->owner.cgroup != owner->cgroup)
		return false;
	old->seen = new->seen;
	return true;
}

/* flags: besides the owner's own; task: the owner, if that is current */
static __always_inline void record(const struct flow_key *key, const struct owner *owner, __u32 flags, __u64 socket,
				   struct task_struct *task)
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
		remember_current(); /* before the flow: who finds that must find this */
	count(store(key, &flow) ? FLOWS_FAILED : FLOWS_WRITTEN);
}

/* ---- whose socket it is ---- */

/* The current process becomes the user of a socket that has none. */
static __always_inline void set_user(void *context, struct bpf_sock *sk, struct task_struct *task, bool sent)
{
	struct user user = { .sent = sent, .seed = bpf_get_prandom_u32() };

	if (task->flags & PF_KTHREAD)
		return;
	describe_owner(&user.owner, task, bpf_get_netns_cookie(context));
	bpf_sk_storage_get(&users, sk, &user, BPF_SK_STORAGE_GET_F_CREATE);
	remember_current();
}

/* The current process uses the socket in a call of its own. */
static __always_inline void use_socket(void *context, struct bpf_sock *sk, bool sent)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct user *user = bpf_sk_storage_get(&users, sk, NULL, 0);

	if (user && is_owner(task, &user->owner)) {
		user->sent = sent;
		return;
	}
	if (user)
		bpf_sk_storage_delete(&users, sk);
	set_user(context, sk, task, sent);
}

/* The socket behind the first argument of the task's system call, if that is a file descriptor of one. */
static __always_inline struct sock *socket_argument(struct task_struct *task)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
	__u32 fd = BPF_CORE_READ(regs, FIRST_ARGUMENT);
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **slot = BPF_CORE_READ(table, fd) + fd, *file = NULL;
	struct socket *socket;

	if (fd >= BPF_CORE_READ(table, max_fds))
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), slot);
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* ---- tuples ---- */

static __always_inline void map_address(__u8 mapped[16], __be32 address)
{
	__builtin_memset(mapped, 0, 10);
	mapped[10] = mapped[11] = 0xff;
	__builtin_memcpy(mapped + 12, &address, 4);
}

/* The tuple of a connected socket. */
static __always_inline void tuple_of_socket(struct flow_key *key, struct bpf_sock *sk)
{
	if (sk->family == AF_INET6) {
		__u32 *source = (__u32 *)key->source, *destination = (__u32 *)key->destination;

		source[0] = sk->src_ip6[0];
		source[1] = sk->src_ip6[1];
		source[2] = sk->src_ip6[2];
		source[3] = sk->src_ip6[3];
		destination[0] = sk->dst_ip6[0];
		destination[1] = sk->dst_ip6[1];
		destination[2] = sk->dst_ip6[2];
		destination[3] = sk->dst_ip6[3];
	} else {
		map_address(key->source, sk->src_ip4);
		map_address(key->destination, sk->dst_ip4);
	}
	key->source_port = bpf_htons(sk->src_port);
	key->destination_port = sk->dst_port;
	key->protocol = sk->protocol;
}

/*
 * Bytes of the packet: from where the kernel itself has put its headers, else by the slower way. The alignment is for the
 * compiler, which would copy single bytes; it need not be true. Volatile, as a pointer that is read here and widened
 * elsewhere is none to the verifier.
 */
static __always_inline bool load(struct __sk_buff *skb, __u32 offset, void *bytes, __u32 size)
{
	const volatile struct __sk_buff *packet = skb;
	const void *start = (void *)(long)packet->data + offset, *end = (void *)(long)packet->data_end;

	if (start + size > end)
		return bpf_skb_load_bytes(skb, offset, bytes, size) == 0;
	__builtin_memcpy(bytes, __builtin_assume_aligned(start, 4), size);
	return true;
}

/*
 * The packet's tuple; false: not the first fragment, or no IP.
 * Of DCCP without ports: since Linux 6.16 conntrack tells none.
 */
static __always_inline bool tuple_of_packet(struct flow_key *key, struct __sk_buff *skb)
{
	__u32 transport;
	__u8 next;

	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		struct iphdr ip;

		if (!load(skb, 0, &ip, sizeof(ip)) || ip.frag_off & bpf_htons(IP_OFFSET))
			return false;
		map_address(key->source, ip.saddr);
		map_address(key->destination, ip.daddr);
		next = ip.protocol;
		transport = ip.ihl * 4;
	} else {
		struct ipv6hdr ip;

		if (!load(skb, 0, &ip, sizeof(ip)))
			return false;
		__builtin_memcpy(key->source, &ip.saddr, sizeof(key->source));
		__builtin_memcpy(key->destination, &ip.daddr, sizeof(key->destination));
		next = ip.nexthdr;
		transport = sizeof(ip);
		for (int i = 0; i < IPV6_EXTENSIONS; i++) {
			struct ipv6_opt_hdr extension;

			if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS)
				break;
			if (!load(skb, transport, &extension, sizeof(extension)))
				return false;
			next = extension.nexthdr;
			transport += (extension.hdrlen + 1) * 8;
		}
	}
	key->protocol = next;

	switch (next) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		return load(skb, transport, &key->source_port, 4);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return load(skb, transport, &key->destination_port, 2) && load(skb, transport + 4, &key->source_port, 2);
	}
	return true;
}

/* ---- outgoing ---- */

SEC("sockops")
int tcp_connect_or_listen(struct bpf_sock_ops *ops)
{
	struct task_struct *task;
	struct flow_key key = {};
	struct owner owner;
	struct bpf_sock *sk = ops->sk;

	if (!sk)
		return PASS;
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		use_socket(ops, sk, false);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		task = bpf_get_current_task_btf();
		tuple_of_socket(&key, sk);
		describe_owner(&owner, task, bpf_get_netns_cookie(ops));
		key.own_netns = is_own(&owner);
		record(&key, &owner, 0, bpf_get_socket_cookie(ops), owner.flags & KERNEL ? NULL : task);
	}
	return PASS;
}

SEC("cgroup/sock_create")
int socket_created(struct bpf_sock *sk)
{
	if (sk->type != SOCK_STREAM || sk->protocol == IPPROTO_SCTP || sk->protocol == IPPROTO_DCCP)
		set_user(sk, sk, bpf_get_current_task_btf(), false);
	return PASS;
}

static __always_inline int use_datagram_socket(struct bpf_sock_addr *call, bool sent)
{
	struct bpf_sock *sk = call->sk;

	if (sk && call->type != SOCK_STREAM)
		use_socket(call, sk, sent);
	return PASS;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *call)
{
	return use_datagram_socket(call, false);
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *call)
{
	return use_datagram_socket(call, false);
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *call)
{
	return use_datagram_socket(call, true);
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *call)
{
	return use_datagram_socket(call, true);
}

SEC("cgroup_skb/egress")
int packet_sent(struct __sk_buff *skb)
{
	struct task_struct *task;
	struct owner owner;
	struct user *user;
	struct flow_key key = { .role = INITIATOR };
	struct sock *argument;
	__u64 socket, mark;
	__u32 flags = 0;
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk || (sk->protocol == IPPROTO_TCP && sk->type == SOCK_STREAM))
		return PASS;
	if (!tuple_of_packet(&key, skb))
		return PASS;
	if (key.protocol != sk->protocol && sk->type != SOCK_RAW) { /* IPsec has wrapped it */
		if (sk->state != BPF_TCP_ESTABLISHED)
			return PASS;
		tuple_of_socket(&key, sk);
	}

	if (key.protocol == IPPROTO_TCP)
		flags |= FORGED;
	task = bpf_get_current_task_btf();
	user = bpf_sk_storage_get(&users, sk, NULL, 0);
	if (user && is_owner(task, &user->owner)) {
		key.own_netns = is_own(&user->owner);
		mark = mark_of(&key, user);
		if (is_marked(user, sk, INITIATOR, mark))
			return PASS;
		record(&key, &user->owner, flags, bpf_get_socket_cookie(skb), task);
		set_mark(user, sk, INITIATOR, mark);
		return PASS;
	}

	socket = bpf_get_socket_cookie(skb);
	argument = socket_argument(task);
	if (argument && BPF_CORE_READ(argument, __sk_common.skc_cookie.counter) == socket) {
		describe_owner(&owner, task, BPF_CORE_READ(argument, __sk_common.skc_net.net, net_cookie));
		key.own_netns = is_own(&owner);
		record(&key, &owner, flags, socket, task);
		return PASS;
	}

	if (!user) /* the kernel's own */
		return PASS;
	if (!user->sent) { /* who created or connected it need not be who sends */
		count(SENDERS_UNKNOWN);
		return PASS;
	}
	key.own_netns = is_own(&user->owner);
	record(&key, &user->owner, flags, socket, NULL);
	return PASS;
}

/* ---- incoming ---- */

SEC("cgroup_skb/ingress")
int packet_received(struct __sk_buff *skb)
{
	struct flow_key key = { .role = ACCEPTOR };
	struct bpf_sock *sk = skb->sk;
	struct user *user;
	__u64 mark;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!sk || sk->type == SOCK_RAW)
		return PASS;
	switch (sk->protocol) {
	case IPPROTO_TCP:
		if (sk->state != BPF_TCP_LISTEN)
			return PASS;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (sk->state == BPF_TCP_ESTABLISHED) /* connected: these are replies */
			return PASS;
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		break;
	default:
		return PASS;
	}
	user = bpf_sk_storage_get(&users, sk, NULL, 0);
	if (!user || !tuple_of_packet(&key, skb))
		return PASS;
	key.own_netns = is_own(&user->owner);
	mark = mark_of(&key, user);
	if (is_marked(user, sk, ACCEPTOR, mark))
		return PASS;
	record(&key, &user->owner, 0, bpf_get_socket_cookie(skb), NULL);
	set_mark(user, sk, ACCEPTOR, mark);
	return PASS;
}

/* ---- sockets that are older than the service, and who holds a socket now ---- */

/* Protocol and ends of a socket; false: it has none that tell its flows from others. */
static __always_inline bool describe_socket(struct socket_holder *holder, struct sock *sk)
{
	struct sock_common *common = &sk->__sk_common;
	__u16 protocol = sk->sk_protocol;

	holder->listening = common->skc_state == BPF_TCP_LISTEN;
	holder->local_port = bpf_htons(common->skc_num);
	holder->remote_port = common->skc_dport;
	holder->only_v6 = BPF_CORE_READ_BITFIELD_PROBED(common, skc_ipv6only);
	if (common->skc_family == AF_INET) {
		map_address(holder->local, common->skc_rcv_saddr);
		map_address(holder->remote, common->skc_daddr);
	} else {
		BPF_CORE_READ_INTO(&holder->local, common, skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&holder->remote, common, skc_v6_daddr);
	}
	holder->protocol = protocol == IPPROTO_MPTCP ? IPPROTO_TCP : protocol;
	switch (holder->protocol) {
	case IPPROTO_TCP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		if (common->skc_state == BPF_TCP_CLOSE)
			return false;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		break;
	default:
		return false;
	}
	return sk->sk_type != SOCK_RAW && holder->local_port != 0;
}

SEC("iter/task_file")
int sockets(struct bpf_iter__task_file *ctx)
{
	struct socket_holder holder = {};
	struct user user = {};
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	bool described;
	__u16 family;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket || !socket->sk)
		return 0;
	sk = socket->sk;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return 0;
	described = describe_socket(&holder, sk);
	describe_owner(&holder.owner, task, sk->__sk_common.skc_net.net->net_cookie);
	holder.owner.flags |= HELD;
	holder.own_netns = is_own(&holder.owner);
	if (holder.protocol != IPPROTO_TCP || holder.listening) {
		user.owner = holder.owner;
		user.seed = bpf_get_prandom_u32();
		bpf_sk_storage_get(&users, sk, &user, BPF_SK_STORAGE_GET_F_CREATE);
	}
	if (!described)
		return 0;
	holder.socket = bpf_get_socket_cookie(sk);
	holder.inode = file->f_inode->i_ino;
	holder.descriptor = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}
