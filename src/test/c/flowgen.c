// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Opens network flows, each from a process of its own that exits at once, and writes down the truth about them:
 * who opened which. It is also the far end ("sink"), and then it writes down who accepted which.
 * Traffic goes where the caller says; the tests give it network namespaces of their own.
 *
 * A line of truth, separated by tabs: time (CLOCK_REALTIME us, after the first packet), mode ("accepted": of the far end),
 * protocol, source, source port (ICMP: id), destination, destination port (ICMP: type * 256 + code), process (its pid where
 * /proc is, a colon and its start in clock ticks; two of them, with a comma between, where one listened and the other
 * accepted), uid, argument, control group. The argument is one of the process's command line and with -x distinct for every
 * process.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

#define MANY        20 /* peers of one socket */
#define UNSUPPORTED 3  /* exit code where this kernel does not have the mode */
#define LISTEN_FDS_START 3 /* sd_listen_fds(3) */

enum how { CONNECT, SEND, CONNECT_SEND, SEND_MANY, SENDMMSG, ECHO, FORGE, URING_CONNECT, URING_SEND, URING_CONNECT_SEND };

static const struct mode {
	const char *name;
	int family, type, protocol;
	enum how how;
	bool mapped; /* an IPv6 socket that talks IPv4 */
} modes[] = {
	{ "tcp4", AF_INET, SOCK_STREAM, IPPROTO_TCP, CONNECT, false },
	{ "tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP, CONNECT, false },
	{ "tcp-mapped", AF_INET6, SOCK_STREAM, IPPROTO_TCP, CONNECT, true },
	{ "mptcp4", AF_INET, SOCK_STREAM, IPPROTO_MPTCP, CONNECT, false },
	{ "mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP, CONNECT, false },
	{ "sctp4", AF_INET, SOCK_STREAM, IPPROTO_SCTP, CONNECT, false },
	{ "udp-sendto4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, SEND, false },
	{ "udp-sendto6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, SEND, false },
	{ "udp-mapped", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, SEND, true },
	{ "udp-connect4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, CONNECT_SEND, false },
	{ "udp-connect6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, CONNECT_SEND, false },
	{ "udp-connect-mapped", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, CONNECT_SEND, true },
	{ "udplite4", AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, SEND, false },
	{ "udp-many4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, SEND_MANY, false },
	{ "udp-many6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, SEND_MANY, false },
	{ "sendmmsg4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, SENDMMSG, false },
	{ "sendmmsg6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP, SENDMMSG, false },
	{ "ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP, ECHO, false },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, ECHO, false },
	{ "raw4", AF_INET, SOCK_RAW, IPPROTO_ICMP, ECHO, false },
	{ "raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, ECHO, false },
	{ "forged-udp4", AF_INET, SOCK_RAW, IPPROTO_UDP, FORGE, false },
	{ "forged-tcp4", AF_INET, SOCK_RAW, IPPROTO_TCP, FORGE, false },
	{ "uring-tcp4", AF_INET, SOCK_STREAM, IPPROTO_TCP, URING_CONNECT, false },
	{ "uring-udp4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, URING_SEND, false },
	{ "uring-udp-connect4", AF_INET, SOCK_DGRAM, IPPROTO_UDP, URING_CONNECT_SEND, false },
};

enum whose { OWN, INHERITED, PASSED };

static struct {
	const struct mode *mode;
	long count, number;
	double rate;
	int jobs, port, truth, hosts; /* hosts: destinations are base + 1 ... base + hosts */
	const char *destination4, *destination6;
	const char *label;
	enum whose whose;
	int bind_port, bind_ports; /* source ports bind_port ... + bind_ports - 1, in turn */
	const char *source, *second_source, *second_netns;
	bool exec, sqpoll, udp_sink, given_sink, leaving_sink, twin;
	int uid, workers;
	int pid, pids;   /* pids pid ... + pids - 1, in turn */
	long held;       /* ms that a process keeps its socket open */
	long pauses[2];  /* ms between two uses of the same ports and hosts, in turn */
	const char *awaited;
} options = { .count = 1, .number = -1, .jobs = 1, .port = 7777, .truth = -1, .hosts = 65000, .destination4 = "10.78.0.0",
	.destination6 = "fd78::", .label = "flow", .bind_ports = 1, .uid = -1, .pids = 1 };

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t size_of(const union address *a)
{
	return a->any.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
}

static in_port_t *port_of(union address *a)
{
	return a->any.sa_family == AF_INET ? &a->in.sin_port : &a->in6.sin6_port;
}

static union address parse(int family, bool mapped, const char *text, int port)
{
	union address a = { .any.sa_family = family };
	char with_prefix[64];

	snprintf(with_prefix, sizeof(with_prefix), "%s%s", mapped ? "::ffff:" : "", text);
	if (inet_pton(family, with_prefix, family == AF_INET ? (void *)&a.in.sin_addr : (void *)&a.in6.sin6_addr) != 1)
		errx(2, "not an address: %s", with_prefix);
	*port_of(&a) = htons(port);
	return a;
}

static union address destination(const struct mode *mode, long number)
{
	bool v4 = mode->family == AF_INET || mode->mapped;
	union address a = parse(mode->family, mode->mapped, v4 ? options.destination4 : options.destination6, options.port);
	uint32_t *last = mode->family == AF_INET ? &a.in.sin_addr.s_addr : &a.in6.sin6_addr.s6_addr32[3];

	*last = htonl(ntohl(*last) + 1 + number / options.bind_ports % options.hosts);
	return a;
}

/* ---- truth ---- */

static const char *text(const union address *a, char *buffer, size_t size)
{
	const struct in6_addr *six = &a->in6.sin6_addr;

	if (a->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(six))
		return inet_ntop(AF_INET, six->s6_addr + 12, buffer, size);
	return inet_ntop(a->any.sa_family, a->any.sa_family == AF_INET ? (const void *)&a->in.sin_addr : six, buffer, size);
}

/* What the process is, read before its flow begins, so that it can end at once. */
static struct {
	char process[128]; /* with its listener's */
	char cgroup[512];
} self;

static void read_file(const char *path, char *content, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, content, size - 1);

	if (length < 0)
		err(1, "%s", path);
	content[length] = 0;
	close(fd);
}

/* /proc may be that of another pid namespace than the process's own: its pid is the one seen there. */
static void know_self(const char *listener)
{
	char content[4096], pid[32] = { 0 }, *at;
	long long start;

	if (readlink("/proc/self", pid, sizeof(pid) - 1) < 0)
		err(1, "/proc/self");
	read_file("/proc/self/stat", content, sizeof(content));
	at = strrchr(content, ')');
	if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld", &start) != 1)
		errx(1, "not as in proc(5): %s", content);
	snprintf(self.process, sizeof(self.process), "%.60s%s%.15s:%lld", listener, *listener ? "," : "", pid, start);
	read_file("/proc/self/cgroup", content, sizeof(content));
	at = strstr(content, "0::");
	snprintf(self.cgroup, sizeof(self.cgroup), "%.500s", at ? at + 3 : "");
	self.cgroup[strcspn(self.cgroup, "\n")] = 0;
}

static void tell(const char *mode, int protocol, union address *from, union address *to)
{
	static const char *const whose[] = { "", "+inherited", "+passed" };
	struct timespec now;
	char line[1024], source[64], target[64];
	int length;

	if (options.truth < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	length = snprintf(line, sizeof(line), "%lld\t%s%s%s%s%s\t%d\t%s\t%u\t%s\t%u\t%s\t%u\t%s\t%s\n",
		now.tv_sec * 1000000LL + now.tv_nsec / 1000, mode, whose[options.whose], options.exec ? "+exec" : "",
		options.sqpoll ? "+sqpoll" : "", options.twin ? "+twin" : "", protocol, text(from, source, sizeof(source)),
		ntohs(*port_of(from)), text(to, target, sizeof(target)), ntohs(*port_of(to)), self.process, getuid(),
		options.label, self.cgroup);
	if (write(options.truth, line, length) != length)
		err(1, "truth");
}

static bool is_any(const union address *a)
{
	const struct in6_addr *six = &a->in6.sin6_addr;

	return a->any.sa_family == AF_INET ? !a->in.sin_addr.s_addr
					   : !six->s6_addr32[3] && (IN6_IS_ADDR_UNSPECIFIED(six) || IN6_IS_ADDR_V4MAPPED(six));
}

/* The address that the kernel would choose: asked of a socket that never sends. */
static union address source_towards(union address *to)
{
	union address from = { 0 };
	socklen_t length = sizeof(from);
	int fd = socket(to->any.sa_family, SOCK_DGRAM, 0);

	if (fd < 0 || connect(fd, &to->any, size_of(to)) || getsockname(fd, &from.any, &length))
		err(1, "no route to the destination");
	close(fd);
	return from;
}

static void tell_flow(int fd, union address *to)
{
	const struct mode *mode = options.mode;
	union address from = { 0 }, shown = *to;
	socklen_t length = sizeof(from);
	int protocol = mode->protocol == IPPROTO_MPTCP ? IPPROTO_TCP : mode->protocol;

	getsockname(fd, &from.any, &length);
	if (is_any(&from)) {
		in_port_t port = *port_of(&from);

		from = source_towards(to);
		*port_of(&from) = port;
	}
	if (mode->how == ECHO) {
		if (mode->type == SOCK_RAW)
			*port_of(&from) = htons(getpid());
		*port_of(&shown) = htons((mode->family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST) << 8);
	} else if (mode->how == FORGE)
		*port_of(&from) = htons(options.port);
	tell(mode->name, protocol, &from, &shown);
}

/* ---- one flow ---- */

static int open_socket(long number)
{
	const struct mode *mode = options.mode;
	int on = 1, fd = socket(mode->family, mode->type, mode->protocol);
	const struct linger reset = { .l_onoff = 1 };

	if (fd < 0)
		err(1, "socket %s", mode->name);
	if (options.bind_port || options.source) {
		union address from = parse(mode->family, mode->mapped,
			options.source ? options.source : mode->family == AF_INET || mode->mapped ? "0.0.0.0" : "::",
			options.bind_port ? options.bind_port + number % options.bind_ports : 0);

		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (options.bind_port) /* so that the next process can use the port at once */
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		if (bind(fd, &from.any, size_of(&from)))
			err(1, "bind");
	}
	return fd;
}

static uint16_t checksum(const void *data, size_t size)
{
	const uint16_t *word = data;
	uint32_t sum = 0;

	for (; size > 1; size -= 2)
		sum += *word++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static ssize_t send_echo(int fd, const struct mode *mode, union address *to)
{
	union address target = *to;

	*port_of(&target) = 0;
	if (mode->family == AF_INET) {
		struct icmphdr echo = { .type = ICMP_ECHO, .un.echo.id = htons(getpid()), .un.echo.sequence = htons(1) };

		echo.checksum = checksum(&echo, sizeof(echo));
		return sendto(fd, &echo, sizeof(echo), 0, &target.any, size_of(to));
	}
	struct icmp6_hdr echo = { .icmp6_type = ICMP6_ECHO_REQUEST };

	echo.icmp6_id = htons(getpid());
	return sendto(fd, &echo, sizeof(echo), 0, &target.any, size_of(to));
}

/* A packet made by hand, below the protocol that it belongs to: source port = destination port. */
static ssize_t send_forged(int fd, const struct mode *mode, union address *to)
{
	struct udphdr udp = { .source = htons(options.port), .dest = htons(options.port), .len = htons(sizeof(udp)) };
	struct tcphdr tcp = { .source = htons(options.port), .dest = htons(options.port), .doff = 5, .syn = 1, .window = htons(1000) };
	union address target = *to;

	*port_of(&target) = 0;
	if (mode->protocol == IPPROTO_UDP)
		return sendto(fd, &udp, sizeof(udp), 0, &target.any, size_of(&target));
	return sendto(fd, &tcp, sizeof(tcp), 0, &target.any, size_of(&target));
}

/* One request through a ring of its own. */
static int uring(struct io_uring_sqe request)
{
	struct io_uring_params p = { .flags = options.sqpoll ? IORING_SETUP_SQPOLL : 0, .sq_thread_idle = 1 };
	int ring = syscall(SYS_io_uring_setup, 4, &p);
	char *queue;
	struct io_uring_sqe *entries;
	struct io_uring_cqe *done;
	unsigned *tail;

	if (ring < 0)
		err(1, "io_uring_setup");
	queue = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*done), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		ring, IORING_OFF_SQ_RING); /* IORING_FEAT_SINGLE_MMAP: both queues */
	entries = mmap(NULL, p.sq_entries * sizeof(*entries), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
	if (queue == MAP_FAILED || entries == MAP_FAILED)
		err(1, "io_uring mmap");
	entries[0] = request;
	((unsigned *)(queue + p.sq_off.array))[0] = 0;
	tail = (unsigned *)(queue + p.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS | (options.sqpoll ? IORING_ENTER_SQ_WAKEUP : 0), NULL, 0) < 0)
		err(1, "io_uring_enter");
	done = (struct io_uring_cqe *)(queue + p.cq_off.cqes);
	errno = done->res < 0 ? -done->res : 0;
	close(ring);
	return done->res < 0 ? -1 : 0;
}

static int uring_connect(int fd, union address *to)
{
	return uring((struct io_uring_sqe){ .opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)to, .off = size_of(to) });
}

static int uring_send(int fd, union address *to)
{
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_name = to, .msg_namelen = to ? size_of(to) : 0, .msg_iov = &data, .msg_iovlen = 1 };

	return uring((struct io_uring_sqe){ .opcode = IORING_OP_SENDMSG, .fd = fd, .addr = (uintptr_t)&message, .len = 1 });
}

static void send_many(int fd, long number, bool at_once)
{
	union address peers[MANY];
	struct iovec data = { "x", 1 };
	struct mmsghdr messages[MANY] = { 0 };

	for (int i = 0; i < MANY; i++) {
		peers[i] = destination(options.mode, number * MANY + i);
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &peers[i], .msg_namelen = size_of(&peers[i]), .msg_iov = &data, .msg_iovlen = 1 };
		if (!at_once && sendmsg(fd, &messages[i].msg_hdr, 0) < 0)
			err(1, "sendmsg");
	}
	if (at_once && sendmmsg(fd, messages, MANY, 0) != MANY)
		err(1, "sendmmsg");
	for (int i = 0; i < MANY; i++)
		tell_flow(fd, &peers[i]);
}

/* What the socket's first owner does, when another process goes on with it. */
static void prepare(int fd, long number)
{
	union address to = destination(options.mode, number);

	if (options.mode->how == CONNECT_SEND && connect(fd, &to.any, size_of(&to)))
		err(1, "connect");
}

static bool twins(void)
{
	return options.second_source || options.second_netns;
}

static void open_flow(int fd, long number, bool prepared)
{
	union address to = destination(options.mode, number);
	bool failed = false;

	switch (options.mode->how) {
	case CONNECT:
		failed = connect(fd, &to.any, size_of(&to));
		break;
	case SEND:
		failed = sendto(fd, "x", 1, 0, &to.any, size_of(&to)) < 0;
		break;
	case CONNECT_SEND:
		failed = (!prepared && connect(fd, &to.any, size_of(&to))) || send(fd, "x", 1, 0) < 0;
		break;
	case SEND_MANY:
		send_many(fd, number, false);
		return;
	case SENDMMSG:
		send_many(fd, number, true);
		return;
	case ECHO:
		failed = send_echo(fd, options.mode, &to) < 0;
		break;
	case FORGE:
		failed = send_forged(fd, options.mode, &to) < 0;
		break;
	case URING_CONNECT:
		failed = uring_connect(fd, &to);
		break;
	case URING_SEND:
		failed = uring_send(fd, &to);
		break;
	case URING_CONNECT_SEND:
		failed = connect(fd, &to.any, size_of(&to)) || uring_send(fd, NULL);
		break;
	}
	if (failed && errno == EPERM && twins()) /* conntrack dropped it: both wanted the same tuple at the same instant */
		return;
	if (failed)
		err(1, "%s", options.mode->name);
	tell_flow(fd, &to);
}

/* ---- processes ---- */

static void pass(int channel, int fd)
{
	char room[CMSG_SPACE(sizeof(fd))] = { 0 };
	struct iovec data = { "x", 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(fd)) };
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(channel, &message, 0) != 1)
		err(1, "pass");
}

static int take(int channel)
{
	char room[CMSG_SPACE(sizeof(int))], byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	int fd;

	if (recvmsg(channel, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		err(1, "take");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

/* The process of one flow. given: a socket that its parent opened (INHERITED), a channel to get one from (PASSED). */
static void one_process(long number, int given)
{
	int fd = options.whose == PASSED ? take(given) : options.whose == INHERITED ? given : open_socket(number);

	know_self("");
	if (options.awaited) {
		prepare(fd, number);
		while (access(options.awaited, F_OK))
			usleep(200 * 1000);
	}
	open_flow(fd, number, options.whose != OWN || options.awaited);
	if (options.held)
		usleep(options.held * 1000);
	close(fd);
	_exit(0);
}

/* The same program again, with the flow's number, the descriptors and an argument that no other process has. */
static void become_another_program(char **arguments, int argument_count, long number, int given)
{
	char number_text[32], given_text[32], truth_text[32], label[128];
	char *again[argument_count + 12];
	int n = 0;

	snprintf(number_text, sizeof(number_text), "%ld", number);
	snprintf(given_text, sizeof(given_text), "%d", given);
	snprintf(truth_text, sizeof(truth_text), "%d", options.truth);
	snprintf(label, sizeof(label), "%s-%ld%s", options.label, number, options.twin ? "-twin" : "");
	again[n++] = arguments[0];
	again[n++] = arguments[1];
	for (int i = 2; i < argument_count; i++)
		again[n++] = arguments[i];
	memcpy(again + n, (char *[]){ "-N", number_text, "-G", given_text, "-T", truth_text, "-l", label }, 8 * sizeof(char *));
	n += 8;
	if (options.twin) {
		again[n++] = "-Y";
		again[n++] = (char *)options.source;
	}
	again[n] = NULL;
	execv("/proc/self/exe", again);
	err(1, "exec");
}

/* fork(), with a pid of the caller's choice where it has one: the next of its pids that is free. */
static pid_t fork_as_told(void)
{
	static int next;
	pid_t pid = -1, wanted;
	struct clone_args how = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1 };

	if (!options.pid)
		return fork();
	for (int i = 0; pid < 0 && i < options.pids; i++) {
		wanted = options.pid + next++ % options.pids;
		pid = syscall(SYS_clone3, &how, sizeof(how));
		if (pid < 0 && errno != EEXIST)
			break;
	}
	return pid;
}

static void start_process(long number, char **arguments, int argument_count)
{
	int given = -1, channel[2] = { -1, -1 };
	pid_t pid;

	if (options.whose == INHERITED) {
		given = open_socket(number);
		prepare(given, number);
	} else if (options.whose == PASSED) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel))
			err(1, "socketpair");
		given = channel[1];
	}
	pid = fork_as_told();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		if (options.uid >= 0 && setresuid(options.uid + number % 100, options.uid + number % 100, options.uid + number % 100))
			err(1, "setresuid");
		if (options.exec)
			become_another_program(arguments, argument_count, number, given);
		one_process(number, given);
	}
	if (options.whose == PASSED) {
		int fd = open_socket(number);

		prepare(fd, number);
		pass(channel[0], fd);
		close(fd);
		close(channel[0]);
	}
	if (given >= 0)
		close(given);
}

/* A twin of the process at the same moment: same port, other source address or other network namespace. */
static void start_twin(long number, char **arguments, int argument_count)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return;
	options.twin = true;
	options.source = options.second_source;
	if (options.second_netns) {
		fd = open(options.second_netns, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			err(1, "%s", options.second_netns);
	}
	if (options.exec)
		become_another_program(arguments, argument_count, number, -1);
	one_process(number, -1);
}

static int reap(int running, int allowed, long *failed)
{
	int status;

	while (running > allowed) {
		if (wait(&status) < 0)
			err(1, "wait");
		running--;
		*failed += status != 0;
	}
	return running;
}

/* Nothing runs any more, and for a while nothing will. Returns the time when it goes on. */
static struct timespec pause_between(long round, int running, long *failed)
{
	struct timespec now;

	reap(running, 0, failed);
	usleep(options.pauses[round % 2] * 1000);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now;
}

static bool is_supported(const struct mode *mode)
{
	int fd = socket(mode->family, mode->type, mode->protocol);

	if (fd < 0 && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT || errno == EAFNOSUPPORT))
		return false;
	close(fd);
	return mode->how < URING_CONNECT || syscall(SYS_io_uring_setup, 0, NULL) >= 0 || (errno != ENOSYS && errno != EPERM);
}

static int generate(char **arguments, int argument_count)
{
	long failed = 0, round = options.pauses[0] ? options.bind_ports * options.hosts : options.count;
	struct timespec start, next;
	int running = 0;

	if (!is_supported(options.mode))
		errx(UNSUPPORTED, "%s: this kernel does not have it", options.mode->name);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long number = 0; number < options.count && !failed; number++) {
		if (number && number % round == 0) {
			start = pause_between(number / round, running, &failed);
			running = 0;
		}
		if (options.rate > 0) {
			long long at = start.tv_sec * 1000000000LL + start.tv_nsec + (long long)(number % round * 1e9 / options.rate);

			next = (struct timespec){ at / 1000000000, at % 1000000000 };
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		}
		start_process(number, arguments, argument_count);
		if (twins())
			start_twin(number, arguments, argument_count);
		running = reap(running + 1 + twins(), options.jobs - 1 + twins(), &failed);
	}
	reap(running, 0, &failed);
	if (failed)
		errx(1, "%s: a process failed", options.mode->name);
	return 0;
}

/* ---- the far end ---- */

struct sink {
	int tcp, udp;
};

static int listen_on(int type)
{
	union address here = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(options.port) } };
	int on = 1, fd = socket(AF_INET6, type, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(fd, &here.any, sizeof(here.in6)) || (type == SOCK_STREAM && listen(fd, 4096)))
		err(1, "listen");
	return fd;
}

static int option_of(int fd, int option)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &length) ? -1 : value;
}

static void tell_accepted(int fd, union address *peer)
{
	union address local = { 0 };
	socklen_t length = sizeof(local);

	if (getsockname(fd, &local.any, &length))
		err(1, "getsockname");
	tell("accepted", IPPROTO_TCP, peer, &local);
}

/* The sockets that a service manager gave. A connection among them is all there is to do. */
static struct sink given_sockets(void)
{
	struct sink sink = { -1, -1 };
	union address peer;
	socklen_t length = sizeof(peer);

	for (int fd = LISTEN_FDS_START; fd < LISTEN_FDS_START + atoi(getenv("LISTEN_FDS") ?: "0"); fd++)
		if (option_of(fd, SO_TYPE) == SOCK_DGRAM)
			sink.udp = fd;
		else if (option_of(fd, SO_ACCEPTCONN) == 1)
			sink.tcp = fd;
		else {
			if (getpeername(fd, &peer.any, &length))
				err(1, "getpeername");
			know_self("");
			tell_accepted(fd, &peer);
			exit(0);
		}
	return sink;
}

static void accept_one(int tcp)
{
	union address peer;
	socklen_t length = sizeof(peer);
	int fd = accept(tcp, &peer.any, &length);

	if (fd < 0)
		return;
	tell_accepted(fd, &peer);
	close(fd);
}

static void receive_one(int udp)
{
	char byte, room[256];
	union address peer, local = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(options.port) } };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_name = &peer, .msg_namelen = sizeof(peer), .msg_iov = &data, .msg_iovlen = 1,
		.msg_control = room, .msg_controllen = sizeof(room) };

	if (recvmsg(udp, &message, 0) < 0)
		return;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
			local.in6.sin6_addr = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
	tell("accepted", IPPROTO_UDP, &peer, &local);
}

static void serve(int jobs)
{
	const int on = 1, room = 16 << 20;
	struct sink sink;
	char listener[sizeof(self.process)] = "";
	int worker;

	while (--jobs > 0 && fork() > 0) /* each with its own sockets on the same port */
		;
	sink = options.given_sink ? given_sockets()
				  : (struct sink){ listen_on(SOCK_STREAM), options.udp_sink ? listen_on(SOCK_DGRAM) : -1 };
	setsockopt(sink.udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	setsockopt(sink.udp, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	fcntl(sink.tcp, F_SETFL, O_NONBLOCK); /* several may be woken */
	fcntl(sink.udp, F_SETFL, O_NONBLOCK);
	know_self("");
	printf("ready %d\n", getpid());
	fflush(stdout);
	if (options.workers) {
		strcpy(listener, self.process);
		for (worker = 0; worker < options.workers && fork() > 0; worker++)
			;
		if (worker == options.workers) {
			if (options.leaving_sink)
				_exit(0);
			for (;;)
				pause();
		}
		know_self(listener);
	}
	for (;;) {
		struct pollfd ready[] = { { sink.tcp, POLLIN, 0 }, { sink.udp, POLLIN, 0 } };

		poll(ready, 2, -1);
		if (ready[0].revents)
			accept_one(sink.tcp);
		if (ready[1].revents)
			receive_one(sink.udp);
	}
}

/* ---- command line ---- */

static void usage(void)
{
	fputs("usage: flowgen MODE [options]     open flows\n"
	      "       flowgen sink [options]     accept and close, on every address\n"
	      "  -c COUNT   processes (1)              -r RATE    processes a second (0: as fast as it goes)\n"
	      "  -j JOBS    at the same time (1)       -o FILE    append the truth to it\n"
	      "  -4 ADDR    destinations begin here    -6 ADDR    the same for IPv6\n"
	      "  -H HOSTS   so many, in turn (65000)   -p PORT    destination port (7777)\n"
	      "  -l LABEL   the argument in the truth\n"
	      "  -x         fork and exec, not fork    -u UID     run as UID ... UID + 99\n"
	      "  -i         the parent opens (and connects) the socket\n"
	      "  -P         it is passed over a UNIX socket\n"
	      "  -b PORT    bind the source port       -k PORTS   ... PORT + PORTS - 1 in turn, on each host\n"
	      "  -g MS,MS   wait when all ports of all hosts were used, in turn so long\n"
	      "  -s ADDR    bind the source address    -S ADDR    a twin each, bound to this address\n"
	      "  -n NETNS   a twin each, in the network namespace of this file (-S: its address there)\n"
	      "  -w MS      hold the socket open       -q         io_uring with a kernel poll thread\n"
	      "  -a FILE    connect UDP, and send when there is this file\n"
	      "  -M PID     with this pid              -m PIDS    ... PID + PIDS - 1 in turn\n"
	      "  -N NUMBER  flow NUMBER alone, from this very process\n"
	      "  -U         sink: receive UDP too      -A         sink: on the sockets that systemd gives\n"
	      "  -F WORKERS sink: processes that accept what it listens for; -L: it ends then\n"
	      "modes:", stderr);
	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++)
		fprintf(stderr, " %s", modes[i].name);
	fputc('\n', stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *truth = NULL;
	int option, given = -1;
	bool sink = argc > 1 && !strcmp(argv[1], "sink");

	for (size_t i = 0; argc > 1 && i < sizeof(modes) / sizeof(*modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			options.mode = &modes[i];
	if (!options.mode && !sink)
		usage();
	optind = 2;
	while ((option = getopt(argc, argv, "c:r:j:o:4:6:H:p:l:xu:iPb:k:g:s:S:n:w:a:qM:m:UAF:LN:G:T:Y:")) != -1)
		switch (option) {
		case 'c': options.count = atol(optarg); break;
		case 'r': options.rate = atof(optarg); break;
		case 'j': options.jobs = atoi(optarg); break;
		case 'o': truth = optarg; break;
		case '4': options.destination4 = optarg; break;
		case '6': options.destination6 = optarg; break;
		case 'H': options.hosts = atoi(optarg); break;
		case 'p': options.port = atoi(optarg); break;
		case 'l': options.label = optarg; break;
		case 'x': options.exec = true; break;
		case 'u': options.uid = atoi(optarg); break;
		case 'i': options.whose = INHERITED; break;
		case 'P': options.whose = PASSED; break;
		case 'b': options.bind_port = atoi(optarg); break;
		case 'k': options.bind_ports = atoi(optarg); break;
		case 's': options.source = optarg; break;
		case 'S': options.second_source = optarg; break;
		case 'n': options.second_netns = optarg; break;
		case 'w': options.held = atol(optarg); break;
		case 'q': options.sqpoll = true; break;
		case 'g':
			if (sscanf(optarg, "%ld,%ld", &options.pauses[1], &options.pauses[0]) < 2)
				usage();
			break;
		case 'a': options.awaited = optarg; break;
		case 'M': options.pid = atoi(optarg); break;
		case 'm': options.pids = atoi(optarg); break;
		case 'U': options.udp_sink = true; break;
		case 'A': options.given_sink = true; break;
		case 'F': options.workers = atoi(optarg); break;
		case 'L': options.leaving_sink = true; break;
		case 'N': options.number = atol(optarg); break;
		case 'G': given = atoi(optarg); break; /* these: from itself, after exec */
		case 'T': options.truth = atoi(optarg); break;
		case 'Y': options.twin = true; options.source = optarg; break;
		default: usage();
		}
	if (truth && options.truth < 0) {
		options.truth = open(truth, O_WRONLY | O_CREAT | O_APPEND, 0644);
		if (options.truth < 0)
			err(1, "%s", truth);
	}
	if (sink)
		serve(options.jobs);
	if (options.number >= 0)
		one_process(options.number, given);
	return generate(argv, argc);
}
