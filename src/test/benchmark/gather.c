// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * The least that a program can do which lets events gather as conntrack-logger does: it reads 64 events with one system call,
 * turns each into an entry of 31 fields as long as those of the service, with a constant owner, and sends 64 entries with one.
 * After a batch it sleeps for 5 ms.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <libnetfilter_conntrack/libnetfilter_conntrack.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define EVENT_BYTES 8192
#define ENTRY_BYTES 2048
#define RECEIVE_BYTES (64 << 20)
#define SEND_BYTES (8 << 20)
#define GATHER_MICROS 5000

/* What the service writes for each flow of one process. */
static const char owner[] = "MESSAGE_ID=00000000000000000000000000000000\nPRIORITY=6\nSYSLOG_IDENTIFIER=gather\nFLOW_EVENT=new\n"
			    "FLOW_FAMILY=ipv4\nFLOW_PROTO=udp\nFLOW_DIRECTION=outbound\nFLOW_INTERFACE=eth0\nPID=12345\n"
			    "PID_START=1795467584600000\nPID_UID=0\nPID_GID=0\nPID_USER=root\nPID_COMM=flood\n"
			    "PID_EXE=/root/flood\nPID_CMDLINE=/root/flood 5000 100000 9001\nPID_PPID=1\n"
			    "PID_ANCESTRY=systemd(1)\nPID_CGROUP=/system.slice/run-u12345.service\n"
			    "PID_SERVICE=run-u12345.service\nPID_UNIT=run-u12345.service\nPID_SLICE=system.slice\n"
			    "PID_INVOCATION_ID=c54bb347fc5a4161b45c463580903e4a\nPID_SOURCE=bpf\n";

static char events[BATCH][EVENT_BYTES], entries[BATCH][ENTRY_BYTES];
static struct mmsghdr received[BATCH], sent[BATCH];
static struct iovec event_vectors[BATCH], entry_vectors[BATCH];

static char *text(char *at, const char *value)
{
	return stpcpy(at, value);
}

static char *number(char *at, unsigned long value)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = '0' + value % 10;
	while (value /= 10);
	while (n)
		*at++ = digits[--n];
	return at;
}

static size_t format(char *entry, const struct nf_conntrack *flow)
{
	char source[INET_ADDRSTRLEN], destination[INET_ADDRSTRLEN], *at = entry;
	unsigned sport = ntohs(nfct_get_attr_u16(flow, ATTR_ORIG_PORT_SRC));
	unsigned dport = ntohs(nfct_get_attr_u16(flow, ATTR_ORIG_PORT_DST));
	struct timespec now;

	inet_ntop(AF_INET, nfct_get_attr(flow, ATTR_ORIG_IPV4_SRC), source, sizeof(source));
	inet_ntop(AF_INET, nfct_get_attr(flow, ATTR_ORIG_IPV4_DST), destination, sizeof(destination));
	clock_gettime(CLOCK_REALTIME, &now);
	at = text(text(at, "MESSAGE=udp "), source);
	at = number(text(at, ":"), sport);
	at = text(text(at, " > "), destination);
	at = number(text(at, ":"), dport);
	at = text(at, " out, pid 12345 (flood) of run-u12345.service: /root/flood 5000 100000 9001\nFLOW_ID=");
	at = number(at, nfct_get_attr_u32(flow, ATTR_ID));
	at = number(text(at, "\nFLOW_TIMESTAMP="), (unsigned long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	at = text(text(at, "\nFLOW_SRC="), source);
	at = text(text(at, "\nFLOW_DST="), destination);
	at = number(text(at, "\nFLOW_SPORT="), sport);
	at = number(text(at, "\nFLOW_DPORT="), dport);
	/* As long as a Community ID, and another for each flow, but no hash. */
	at = number(text(at, "\nFLOW_COMMUNITY_ID=1:"), 1000000000ul * (sport + 1) + nfct_get_attr_u32(flow, ATTR_ID));
	at = text(text(at, "0000000000=\n"), owner);
	return at - entry;
}

static int journal(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "/run/systemd/journal/socket" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = SEND_BYTES;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return fd;
}

static int send_entries(int fd, int count)
{
	for (int done = 0; done < count;) {
		int n = sendmmsg(fd, sent + done, count - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n < 0 ? 0 : n;
	}
	return 0;
}

int main(void)
{
	struct nfct_handle *handle = nfct_open(CONNTRACK, NF_NETLINK_CONNTRACK_NEW);
	int size = RECEIVE_BYTES, out = journal(), in;

	if (!handle || out < 0 || setsockopt(nfct_fd(handle), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0) {
		perror("gather: cannot subscribe to conntrack events, or connect to the journal");
		return 1;
	}
	in = nfct_fd(handle);
	for (int i = 0; i < BATCH; i++) {
		event_vectors[i] = (struct iovec){ events[i], EVENT_BYTES };
		received[i].msg_hdr = (struct msghdr){ .msg_iov = &event_vectors[i], .msg_iovlen = 1 };
		entry_vectors[i].iov_base = entries[i];
		sent[i].msg_hdr = (struct msghdr){ .msg_iov = &entry_vectors[i], .msg_iovlen = 1 };
	}
	for (;;) {
		int count = recvmmsg(in, received, BATCH, MSG_DONTWAIT, NULL), formatted = 0;

		if (count < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = in, .events = POLLIN };

			poll(&wait, 1, -1);
			usleep(GATHER_MICROS);
			continue;
		}
		if (count < 0 && errno != ENOBUFS && errno != EINTR)
			break;
		for (int i = 0; i < count; i++) {
			struct nf_conntrack *flow = nfct_new();

			if (flow && nfct_nlmsg_parse((struct nlmsghdr *)events[i], flow) >= 0) {
				entry_vectors[formatted].iov_len = format(entries[formatted], flow);
				formatted++;
			}
			nfct_destroy(flow);
		}
		if (send_entries(out, formatted) < 0)
			break;
	}
	perror("gather: cannot read events or send entries");
	return 1;
}
