// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The least that any program can do: every event of a new IPv4 flow becomes a journal entry of 14 fields, with nothing
 * found out about its owner. What conntrack-logger costs is measured against this.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <stdio.h>
#include <sys/socket.h>
#include <systemd/sd-journal.h>
#include <time.h>

#define SO_RCVBUFFORCE_BYTES (64 << 20)
#define FIELDS 14
#define LENGTH 128

static int on_event(enum nf_conntrack_msg_type type, struct nf_conntrack *flow, void *data)
{
	static char texts[FIELDS][LENGTH];
	struct iovec fields[FIELDS];
	char source[INET_ADDRSTRLEN], destination[INET_ADDRSTRLEN];
	unsigned sport = ntohs(nfct_get_attr_u16(flow, ATTR_ORIG_PORT_SRC));
	unsigned dport = ntohs(nfct_get_attr_u16(flow, ATTR_ORIG_PORT_DST));
	struct timespec now;
	int n = 0;

	(void)type;
	(void)data;
	inet_ntop(AF_INET, nfct_get_attr(flow, ATTR_ORIG_IPV4_SRC), source, sizeof(source));
	inet_ntop(AF_INET, nfct_get_attr(flow, ATTR_ORIG_IPV4_DST), destination, sizeof(destination));
	clock_gettime(CLOCK_REALTIME, &now);
#define FIELD(...)                                                                                                     \
	do {                                                                                                           \
		fields[n].iov_len = snprintf(texts[n], LENGTH, __VA_ARGS__);                                           \
		fields[n].iov_base = texts[n];                                                                         \
		n++;                                                                                                   \
	} while (0)
	FIELD("MESSAGE=udp %s:%u > %s:%u", source, sport, destination, dport);
	FIELD("MESSAGE_ID=00000000000000000000000000000000");
	FIELD("PRIORITY=6");
	FIELD("SYSLOG_IDENTIFIER=floor");
	FIELD("FLOW_EVENT=new");
	FIELD("FLOW_ID=%u", nfct_get_attr_u32(flow, ATTR_ID));
	FIELD("FLOW_TIMESTAMP=%lld", (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	FIELD("FLOW_FAMILY=ipv4");
	FIELD("FLOW_PROTO=%u", nfct_get_attr_u8(flow, ATTR_ORIG_L4PROTO));
	FIELD("FLOW_SRC=%s", source);
	FIELD("FLOW_SPORT=%u", sport);
	FIELD("FLOW_DST=%s", destination);
	FIELD("FLOW_DPORT=%u", dport);
	FIELD("FLOW_DIRECTION=outbound");
	sd_journal_sendv(fields, n);
	return NFCT_CB_CONTINUE;
}

int main(void)
{
	struct nfct_handle *handle = nfct_open(CONNTRACK, NF_NETLINK_CONNTRACK_NEW);
	int size = SO_RCVBUFFORCE_BYTES;

	if (!handle || setsockopt(nfct_fd(handle), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0) {
		perror("floor: cannot subscribe to conntrack events");
		return 1;
	}
	nfct_callback_register(handle, NFCT_T_NEW, on_event, NULL);
	while (nfct_catch(handle) >= 0 || errno == ENOBUFS)
		;
	perror("floor: nfct_catch");
	return 1;
}
