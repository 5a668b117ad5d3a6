// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Records which process opens which flow, when the process opens it. README.md lists hooks and maps.
 *
 * Outbound TCP is recorded at connect() in the connecting process, before the first packet (sockops). The record is kept
 * up to date with each SYN that leaves (egress).
 * All else outbound is recorded when the first packet leaves (egress), if its sender is certain: see record_sender().
 * Inbound flows are recorded when the packet reaches the listening socket (ingress); the owner is that socket's user.
 * DNS questions for addresses are recorded when they leave (egress), and their answers when they reach the socket
 * (ingress).
 * Packet sockets are recorded when a process opens them: what they send is no flow.
 * Attempts that do not become a flow are recorded when netfilter drops the packet, or when connect() fails.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/in.h>

#include "dns.h"
#include "kernel_types.h"
#include "lookup.h"
#include "packet.h"
#include "packet_socket.h"
#include "refusal.h"
#include "sock_user.h"
#include "socket_iter.h"

#define PASS 1 /* the return value of a cgroup program that changes nothing */

char LICENSE[] SEC("license") = "GPL";

/* First, because kernels that refuse to trace functions then load nothing in vain. */
SEC("fexit/__sock_create")
int packet_socket_created(__u64 *call)
{
	if ((int)call[CREATE_FAMILY] == AF_PACKET && !(int)call[CREATE_KERN] && !(int)call[CREATE_RESULT])
		record_packet_socket((const struct net *)call[CREATE_NET]);
	return 0;
}

SEC("fexit/tcp_v4_connect")
int connect4_failed(__u64 *call)
{
	if ((int)call[CONNECT_RESULT] < 0)
		record_failed_connect(call, false);
	return 0;
}

SEC("fexit/tcp_v6_connect")
int connect6_failed(__u64 *call)
{
	if ((int)call[CONNECT_RESULT] < 0)
		record_failed_connect(call, true);
	return 0;
}

SEC("tp_btf/kfree_skb")
int packet_dropped(__u64 *call)
{
	const struct sk_buff *skb = (const struct sk_buff *)call[DROP_PACKET];
	struct sock *sk = skb->sk;

	if (sk && !skb->skb_iif && is_by_netfilter(call)) /* skb_iif: a packet that was received */
		record_dropped_packet(skb, sk);
	return 0;
}

SEC("sockops")
int tcp_connect_or_listen(struct bpf_sock_ops *ops)
{
	struct bpf_sock *sk = ops->sk;

	if (!sk)
		return PASS;
	switch (ops->op) {
	case BPF_SOCK_OPS_TCP_LISTEN_CB:
		use_socket(ops, sk, false);
		break;
	case BPF_SOCK_OPS_TCP_CONNECT_CB:
		record_connect(ops, sk);
	}
	return PASS;
}

SEC("cgroup/sock_create")
int socket_created(struct bpf_sock *sk)
{
	if (sk->type != SOCK_STREAM || sk->protocol == IPPROTO_SCTP || sk->protocol == IPPROTO_DCCP)
		set_user(sk, sk, current_task(), false);
	return PASS;
}

SEC("cgroup/connect4")
int connect4(struct bpf_sock_addr *call)
{
	use_datagram_socket(call, false);
	return PASS;
}

SEC("cgroup/connect6")
int connect6(struct bpf_sock_addr *call)
{
	use_datagram_socket(call, false);
	return PASS;
}

SEC("cgroup/sendmsg4")
int sendmsg4(struct bpf_sock_addr *call)
{
	use_datagram_socket(call, true);
	return PASS;
}

SEC("cgroup/sendmsg6")
int sendmsg6(struct bpf_sock_addr *call)
{
	use_datagram_socket(call, true);
	return PASS;
}

SEC("cgroup_skb/egress")
int packet_sent(struct __sk_buff *skb)
{
	struct flow_key key = {};
	struct bpf_sock *sk = full_socket(skb);

	if (!sk)
		return PASS;
	if (!sends_by_packet(sk)) {
		if (sk->state == BPF_TCP_SYN_SENT)
			record_syn(skb, sk);
		return PASS;
	}
	if (!tuple_of_sent_packet(&key, skb, sk)) {
		count(SENDERS_UNKNOWN);
		return PASS;
	}
	if (talks_dns(sk, key.destination_port))
		record_question(skb, sk, &key);
	record_sender(skb, sk, &key);
	return PASS;
}

SEC("cgroup_skb/ingress")
int packet_received(struct __sk_buff *skb)
{
	struct flow_key key = {};
	struct bpf_sock *sk = full_socket(skb);
	struct sock_user *user = NULL;

	if (!sk)
		return PASS;
	if (accepts_flows(sk)) {
		if (is_kernel_listener(sk)) {
			if (tuple_of_packet(&key, skb))
				record_kernel_receiver(skb, sk, &key);
			return PASS;
		}
		user = bpf_sk_storage_get(&users, sk, NULL, 0);
		if (!user || !tuple_of_packet(&key, skb))
			return PASS;
	}
	if (talks_dns(sk, key.source_port)) /* 0: the packet was not parsed */
		record_answer(skb, sk, &key);
	if (user)
		record_receiver(skb, sk, &key, user);
	return PASS;
}

SEC("iter/task_file")
int sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct sock *sk;

	if (!task || !file)
		return 0;
	sk = ip_socket(file);
	if (sk)
		list_socket(ctx, task, file, sk);
	return 0;
}

SEC("iter/udp")
int kernel_sockets(struct bpf_iter__udp *ctx)
{
	list_kernel_socket(ctx);
	return 0;
}

SEC("syscall")
int look_up(void __attribute__((unused)) *context)
{
	look_up_all();
	return 0;
}
