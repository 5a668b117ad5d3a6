/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packet sockets (packet(7)) of the service's network namespace. What they send passes below conntrack, so that no flow
 * shows it.
 */
#ifndef PACKET_SOCKET_H
#define PACKET_SOCKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "config.h"
#include "kernel_types.h"
#include "layout.h"
#include "process.h"

/*
 * Packet sockets that were opened.
 *
 * Rows are appended in record_packet_socket(): fexit/__sock_create.
 * Rows are removed by the service.
 */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} packet_sockets SEC(".maps");

/* Arguments of __sock_create(), net/socket.c, and its result. */
enum sock_create { CREATE_NET, CREATE_FAMILY, CREATE_TYPE, CREATE_PROTOCOL, CREATE_SOCKET, CREATE_KERN, CREATE_RESULT };

/* Records the current process, which opened a packet socket. */
static __always_inline void record_packet_socket(const struct net *net)
{
	struct packet_socket row = { .time = bpf_ktime_get_ns() };

	if (net->net_cookie != config.netns_cookie)
		return;
	describe_current(&row.owner, net->net_cookie);
	record_current_process(row.owner.version);
	if (bpf_ringbuf_output(&packet_sockets, &row, sizeof(row), 0))
		count(PACKET_SOCKETS_DROPPED);
}

#endif
