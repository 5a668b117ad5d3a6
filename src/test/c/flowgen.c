// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * Opens network flows, each from a process of its own that exits at once, and writes down the truth about them:
 * who opened which. It is also the far end ("sink"), and then it writes down who accepted which.
 * Traffic goes where the caller says; the tests give it network namespaces of their own.
 *
 * A line of truth, separated by tabs: time (CLOCK_MONOTONIC ns, after the first packet), mode, protocol, source,
 * source port (ICMP: id), destination, destination port (ICMP: type * 256 + code), pid, uid, argument, inode of the
 * network namespace. The argument is one of the process's command line and with -x distinct for every process.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
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

#define MANY  20    /* peers of one socket */

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
	bool exec, sqpoll, udp_sink;
	int uid;
	long held; /* ms that a process keeps its socket open */
} options = { .count = 1, .number = -1, .jobs = 1, .port = 7777, .truth = -1, .hosts = 65000, .destination4 = "10.78.0.0",
	.destination6 = "fd78::", .label = "flow", .bind_ports = 1, .uid = -1 };

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

	*last = htonl(ntohl(*last) + 1 + number % options.hosts);
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

static unsigned long netns(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : st.st_ino;
}

static void tell(const char *mode, int protocol, union address *from, union address *to, const char *argument)
{
	static const char *const whose[] = { "", "+inherited", "+passed" };
	struct timespec now;
	char line[512], source[64], target[64];
	int length;

	if (options.truth < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	length = snprintf(line, sizeof(line), "%lld\t%s%s%s%s\t%d\t%s\t%u\t%s\t%u\t%d\t%u\t%s\t%lu\n",
		now.tv_sec * 1000000000LL + now.tv_nsec, mode, whose[options.whose], options.exec ? "+exec" : "",
		options.sqpoll ? "+sqpoll" : "", protocol, text(from, source, sizeof(source)), ntohs(*port_of(from)),
		text(to, target, sizeof(target)), ntohs(*port_of(to)), getpid(), getuid(), argument, netns());
	if (write(options.truth, line, length) != length)
		err(1, "truth");
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
	if (from.any.sa_family == AF_INET ? !from.in.sin_addr.s_addr : IN6_IS_ADDR_UNSPECIFIED(&from.in6.sin6_addr)) {
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
	tell(mode->name, protocol, &from, &shown, options.label);
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

	open_flow(fd, number, options.whose != OWN);
	if (options.held)
		usleep(options.held * 1000);
	close(fd);
	_exit(0);
}

/* The same program again, with the flow's number, the descriptors and an argument that no other process has. */
static void become_another_program(char **arguments, int argument_count, long number, int given)
{
	char number_text[32], given_text[32], truth_text[32], label[128];
	char *again[argument_count + 10];
	int n = 0;

	snprintf(number_text, sizeof(number_text), "%ld", number);
	snprintf(given_text, sizeof(given_text), "%d", given);
	snprintf(truth_text, sizeof(truth_text), "%d", options.truth);
	snprintf(label, sizeof(label), "%s-%ld", options.label, number);
	again[n++] = arguments[0];
	again[n++] = arguments[1];
	for (int i = 2; i < argument_count; i++)
		again[n++] = arguments[i];
	memcpy(again + n, (char *[]){ "-N", number_text, "-G", given_text, "-T", truth_text, "-l", label, NULL }, 9 * sizeof(char *));
	execv("/proc/self/exe", again);
	err(1, "exec");
}

static int start_process(long number, char **arguments, int argument_count)
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
	pid = fork();
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
	return 1;
}

/* A twin of the process at the same moment: same port, other source address or other network namespace. */
static int start_twin(long number)
{
	pid_t pid = fork();
	int fd;

	if (pid < 0)
		err(1, "fork");
	if (pid > 0)
		return 1;
	options.source = options.second_source;
	if (options.second_netns) {
		fd = open(options.second_netns, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || setns(fd, CLONE_NEWNET))
			err(1, "%s", options.second_netns);
	}
	one_process(number, -1);
	return 0;
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

static int generate(char **arguments, int argument_count)
{
	struct timespec start, next;
	long failed = 0;
	int running = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long number = 0; number < options.count && !failed; number++) {
		if (options.rate > 0) {
			long long at = start.tv_sec * 1000000000LL + start.tv_nsec + (long long)(number * 1e9 / options.rate);

			next = (struct timespec){ at / 1000000000, at % 1000000000 };
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		}
		running += start_process(number, arguments, argument_count);
		if (twins())
			running += start_twin(number);
		running = reap(running, options.jobs - 1 + twins(), &failed);
	}
	reap(running, 0, &failed);
	if (failed)
		errx(1, "%s: a process failed", options.mode->name);
	clock_gettime(CLOCK_MONOTONIC, &next);
	printf("%s: %ld processes, %.0f a second\n", options.mode->name, options.count,
		options.count / (next.tv_sec - start.tv_sec + (next.tv_nsec - start.tv_nsec) / 1e9));
	return 0;
}

/* ---- the far end ---- */

static void serve(int jobs)
{
	union address here = { .in6 = { .sin6_family = AF_INET6, .sin6_port = htons(options.port) } }, peer;
	int on = 1, tcp, udp = -1, fd;
	socklen_t length;
	char byte;

	while (--jobs > 0 && fork() > 0) /* each with its own sockets on the same port */
		;
	tcp = socket(AF_INET6, SOCK_STREAM, 0);
	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(tcp, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (bind(tcp, &here.any, sizeof(here.in6)) || listen(tcp, 4096))
		err(1, "listen");
	if (options.udp_sink) {
		udp = socket(AF_INET6, SOCK_DGRAM, 0);
		setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
		setsockopt(udp, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
		if (bind(udp, &here.any, sizeof(here.in6)))
			err(1, "bind");
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	for (;;) {
		struct pollfd ready[] = { { tcp, POLLIN, 0 }, { udp, POLLIN, 0 } };

		poll(ready, 2, -1);
		length = sizeof(peer);
		if (ready[0].revents && (fd = accept(tcp, &peer.any, &length)) >= 0) {
			union address local = { 0 };

			length = sizeof(local);
			getsockname(fd, &local.any, &length);
			tell("accepted", IPPROTO_TCP, &peer, &local, options.label);
			close(fd);
		}
		if (ready[1].revents) {
			char room[256];
			struct iovec data = { &byte, 1 };
			struct msghdr message = { .msg_name = &peer, .msg_namelen = sizeof(peer), .msg_iov = &data, .msg_iovlen = 1,
				.msg_control = room, .msg_controllen = sizeof(room) };
			union address local = here;

			if (recvmsg(udp, &message, 0) < 0)
				continue;
			for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
				if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO)
					local.in6.sin6_addr = ((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_addr;
			tell("accepted", IPPROTO_UDP, &peer, &local, options.label);
		}
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
	      "  -b PORT    bind the source port       -k PORTS   ... PORT + PORTS - 1 in turn\n"
	      "  -s ADDR    bind the source address    -S ADDR    a twin each, bound to this address\n"
	      "  -n NETNS   a twin each, in the network namespace of this file (-S: its address there)\n"
	      "  -w MS      hold the socket open       -q         io_uring with a kernel poll thread\n"
	      "  -U         sink: receive UDP too\n"
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
	while ((option = getopt(argc, argv, "c:r:j:o:4:6:H:p:l:xu:iPb:k:s:S:n:w:qUN:G:T:")) != -1)
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
		case 'U': options.udp_sink = true; break;
		case 'N': options.number = atol(optarg); break; /* these three: from itself, after exec */
		case 'G': given = atoi(optarg); break;
		case 'T': options.truth = atoi(optarg); break;
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
