/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists the sockets that processes hold. Writes rows for the service, and sets users for sockets that are older than
 * the programs.
 */
#ifndef SOCKET_ITER_H
#define SOCKET_ITER_H

#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "flow_record.h"
#include "kernel_types.h"
#include "layout.h"
#include "packet.h"
#include "process.h"
#include "sock_user.h"

/* Reads protocol and addresses of a socket; reports whether they identify its flows. */
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

/* Makes the holder the user of a socket that has none. Connected TCP needs no user. */
static __always_inline void set_user_to_holder(struct sock *sk, const struct socket_holder *holder,
						struct task_struct *task)
{
	struct sock_user user = {};

	if (holder->protocol == IPPROTO_TCP && !holder->listening)
		return;
	user.owner = holder->owner;
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDPORT_LOCK)
		user.owner.flags |= PORT_CHOSEN;
	user.seed = bpf_get_prandom_u32();
	user.leader = leader_address(task);
	announce_container(&user.owner);
	bpf_sk_storage_get(&users, sk, &user, BPF_SK_STORAGE_GET_F_CREATE);
}

/* Returns the IP socket behind the file; NULL if the file is no IP socket. */
static __always_inline struct sock *ip_socket(struct file *file)
{
	struct socket *socket = bpf_sock_from_file(file);
	struct sock *sk;
	__u16 family;

	if (!socket || !socket->sk)
		return NULL;
	sk = socket->sk;
	family = sk->__sk_common.skc_family;
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	return sk;
}

/* Writes the row of one descriptor. */
static __always_inline void list_socket(struct bpf_iter__task_file *ctx, struct task_struct *task, struct file *file,
					struct sock *sk)
{
	struct socket_holder holder = {};
	bool described = describe_socket(&holder, sk);

	describe_task(&holder.owner, task, sk->__sk_common.skc_net.net->net_cookie);
	holder.owner.flags |= HELD;
	holder.own_netns = is_own(&holder.owner);
	set_user_to_holder(sk, &holder, task);
	if (!described)
		return;
	holder.socket = bpf_get_socket_cookie(sk);
	holder.inode = file->f_inode->i_ino;
	holder.descriptor = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
}

/*
 * Writes the cookie of a UDP socket that the kernel created, for a tunnel for example, as a row of the iterator. The
 * service reads the rows to know flows without a process. Skips TCP sockets: the kernel also creates those of MPTCP and
 * SMC, which a process uses.
 */
static __always_inline void list_kernel_socket(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (struct sock *)ctx->udp_sk;
	__u64 cookie;

	if (!sk || !BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock))
		return;
	cookie = bpf_get_socket_cookie(sk);
	bpf_seq_write(ctx->meta->seq, &cookie, sizeof(cookie));
}

#endif
