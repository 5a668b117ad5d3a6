// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * cost QUADS LABEL [KIND...]: what the programs add to a process's calls. Runs in the benchmark's machine, with five open
 * files:
 *   3  cgroup.procs of a cgroup under the one that the programs are attached to ("with")
 *   4  cgroup.procs of one beside that ("without")
 *   5  the directory of the cgroup that they are attached to
 *   6  the directory of the cgroup of 4
 *   7  the network namespace of the far end
 *
 * For each kind of call two workers are forked, one into each cgroup, on the same CPU. They work in turns of less than a
 * millisecond, in the order A B B A, then B A A B, so that whatever drifts or disturbs hits both alike. A quad in which
 * something else ran on the CPU is taken again, and while somebody has programs attached to a cgroup above, it waits. The
 * far end's sockets are made outside, so no program runs for them.
 *
 * LABEL "on": the service runs, and first its maps are filled, as those of a service that has run for long.
 * LABEL "least": attaches, in their places, programs that do nothing: the least that any would cost.
 *
 * Prints a line a quad, nanoseconds a call by the clock and by CPU time: "quad LABEL KIND WITH WITHOUT CPU-WITH
 * CPU-WITHOUT". While the service's programs are attached, also what the kernel counts of each, in rounds of its own, as
 * that costs time itself: "program KIND NAME RUNS NANOSECONDS", both a call.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <netinet/tcp.h>
#include <signal.h>

enum { CGROUP_WITH = 3, CGROUP_WITHOUT = 4, CGROUP_ATTACHED = 5, CGROUP_BESIDE = 6, NETNS_FAR = 7 };
enum arm { WITH, WITHOUT };

#define NEAR    0x0a4d0002 /* 10.77.0.2, the machine; see src/test/system/machine */
#define HOSTS   0x0a4e0000 /* 10.78.0.0/16: all of them are the far end */
#define SINK    7000       /* UDP port of the far end */
#define PEERS   16         /* for one socket with many flows */
#define BACKLOG 1024
#define RETRIES 20 /* how often a disturbed quad is taken again */

static void die(const char *format, ...)
{
	va_list arguments;
	int error = errno;

	va_start(arguments, format);
	fprintf(stderr, "cost: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

static long check(long result, const char *what)
{
	if (result < 0)
		die("%s", what);
	return result;
}

/* ---- sockets ---- */

static struct sockaddr_in address(uint32_t host, int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(host), .sin_port = htons(port) };
}

/* Another host each time; the tuple comes again only after 65,534. Workers start at different ones. */
static uint32_t other_host(void)
{
	static uint32_t host;

	if (!host)
		host = getpid() * 7919;
	return HOSTS + 1 + host++ % 65534;
}

static int new_socket(int type)
{
	return check(socket(AF_INET, type | SOCK_CLOEXEC, 0), "socket");
}

static void bind_to(int fd, uint32_t host, int port)
{
	struct sockaddr_in own = address(host, port);

	check(bind(fd, (struct sockaddr *)&own, sizeof(own)), "bind");
}

static void connect_to(int fd, uint32_t host, int port)
{
	struct sockaddr_in to = address(host, port);

	check(connect(fd, (struct sockaddr *)&to, sizeof(to)), "connect");
}

static void send_to(int fd, uint32_t host, int port)
{
	struct sockaddr_in to = address(host, port);

	check(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), "sendto");
}

static int port_of(int fd)
{
	struct sockaddr_in own;
	socklen_t length = sizeof(own);

	check(getsockname(fd, (struct sockaddr *)&own, &length), "getsockname");
	return ntohs(own.sin_port);
}

/* Takes datagrams and drops them, so that nobody needs to read. */
static int udp_sink(uint32_t host, int port)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &drop };
	int fd = new_socket(SOCK_DGRAM);

	check(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), "SO_ATTACH_FILTER");
	bind_to(fd, host, port);
	return fd;
}

static int tcp_listener(uint32_t host)
{
	int fd = new_socket(SOCK_STREAM | SOCK_NONBLOCK);

	bind_to(fd, host, 0);
	check(listen(fd, BACKLOG), "listen");
	return fd;
}

/* A connection that is reset when it ends, so that no port waits. */
static int tcp_connection(uint32_t from, uint32_t host, int port)
{
	const struct linger reset = { .l_onoff = 1 };
	const int late = 1;
	int fd = new_socket(SOCK_STREAM);

	check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), "SO_LINGER");
	if (from) {
		check(setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof(late)), "IP_BIND_ADDRESS_NO_PORT");
		bind_to(fd, from, 0);
	}
	connect_to(fd, host, port);
	return fd;
}

static void accept_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 || errno == ECONNABORTED)
		close(fd);
}

/* ---- where a process is ---- */

static void move_to(int cgroup_procs)
{
	check(write(cgroup_procs, "0", 1), "write cgroup.procs");
}

static void enter_far(void)
{
	check(setns(NETNS_FAR, CLONE_NEWNET), "setns");
}

/* ---- the kinds of calls ---- */

static int far_listener; /* made once, outside */
static int far_port;
static int fd;      /* of the worker: what it calls with */
static int fd_port; /* of the worker: where its calls go to, inbound */
static int fd_far;  /* of the worker: the other end */

static void udp_connected(void)
{
	fd = new_socket(SOCK_DGRAM);
	connect_to(fd, HOSTS + 1, SINK);
}

static void udp_unconnected(void)
{
	fd = new_socket(SOCK_DGRAM);
}

static void call_send(void)
{
	check(send(fd, "x", 1, 0), "send");
}

static void call_sendto(void)
{
	send_to(fd, HOSTS + 1, SINK);
}

static void call_sendto_peers(void)
{
	static uint32_t peer;

	send_to(fd, HOSTS + 1 + peer++ % PEERS, SINK);
}

static void call_sendto_new(void)
{
	send_to(fd, other_host(), SINK);
}

static void call_udp_socket(void)
{
	fd = new_socket(SOCK_DGRAM);
	send_to(fd, other_host(), SINK);
	close(fd);
}

static void call_tcp_connect(void)
{
	close(tcp_connection(0, other_host(), far_port));
}

static void accept_far(void)
{
	accept_all(far_listener);
}

static void tcp_established(void)
{
	const int yes = 1;

	accept_all(far_listener);
	fd = tcp_connection(0, HOSTS + 1, far_port);
	fd_far = check(accept4(far_listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), "accept4");
	check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)), "TCP_NODELAY");
}

static void read_far(void)
{
	char bytes[4096];

	while (recv(fd_far, bytes, sizeof(bytes), 0) > 0)
		;
}

static void run_self(char *mode, uint32_t host)
{
	char text[16];
	char *arguments[] = { "cost", mode, text, NULL };
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "%u", host);
	pid = check(fork(), "fork");
	if (pid == 0) {
		execv("/proc/self/exe", arguments);
		_exit(127);
	}
	check(waitpid(pid, &status, 0), "waitpid");
	if (status)
		die("cost %s ended with %d", mode, status);
}

static void call_exec(void)
{
	run_self("nothing", other_host());
}

static void call_exec_flow(void)
{
	run_self("flow", other_host());
}

/* Inbound: the receiving socket is made in the worker's cgroup, then the worker becomes the far end. */
static void udp_receiver(void)
{
	int receiver = udp_sink(NEAR, 0);

	fd_port = port_of(receiver);
	move_to(CGROUP_WITHOUT);
	enter_far();
	udp_unconnected();
}

static void call_arrive(void)
{
	send_to(fd, NEAR, fd_port);
}

static void call_arrive_new(void)
{
	fd = new_socket(SOCK_DGRAM);
	bind_to(fd, other_host(), 0);
	send_to(fd, NEAR, fd_port);
	close(fd);
}

static void tcp_receiver(void)
{
	fd = tcp_listener(NEAR);
	fd_port = port_of(fd);
	move_to(CGROUP_WITHOUT);
	enter_far();
}

static void call_arrive_connect(void)
{
	close(tcp_connection(other_host(), NEAR, fd_port));
}

static void accept_near(void)
{
	accept_all(fd);
}

static void nothing(void)
{
}

static const struct kind {
	const char *name;
	void (*prepare)(void); /* in the worker, once */
	void (*call)(void);    /* what is measured */
	void (*after)(void);   /* a round */
	int calls;             /* in a round, which should last less than a millisecond */
	bool forks;            /* children take the CPU from it, which disturbs nothing */
} kinds[] = {
	{ "udp-send", udp_connected, call_send, nothing, 200, false },
	{ "udp-sendto", udp_unconnected, call_sendto, nothing, 200, false },
	{ "udp-sendto-peers", udp_unconnected, call_sendto_peers, nothing, 200, false },
	{ "udp-new-peer", udp_unconnected, call_sendto_new, nothing, 60, false },
	{ "udp-new-socket", nothing, call_udp_socket, nothing, 50, false },
	{ "tcp-connect", nothing, call_tcp_connect, accept_far, 20, false },
	{ "tcp-send", tcp_established, call_send, read_far, 100, false },
	{ "in-udp-packet", udp_receiver, call_arrive, nothing, 200, false },
	{ "in-udp-new", udp_receiver, call_arrive_new, nothing, 50, false },
	{ "in-tcp-connect", tcp_receiver, call_arrive_connect, accept_near, 20, false },
	{ "fork-exec", nothing, call_exec, nothing, 4, true },
	{ "fork-exec-udp-new", nothing, call_exec_flow, nothing, 4, true },
};

/* ---- programs ---- */

#define PROGRAMS 16
#define FLOWS    65536 /* records that there is room for: KernelFlows= */

static const struct hook {
	uint32_t program;
	uint32_t attach;
} hooks[] = {
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE },
	{ BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG },
};

struct program {
	uint32_t id;
	char name[BPF_OBJ_NAME_LEN];
	uint64_t runs;
	uint64_t nanoseconds;
};

static long bpf(enum bpf_cmd command, union bpf_attr *attributes, size_t size)
{
	return syscall(SYS_bpf, command, attributes, size);
}

static void read_program(struct program *program)
{
	union bpf_attr by_id = { .prog_id = program->id };
	struct bpf_prog_info info = {};
	union bpf_attr by_fd = { .info = { .info_len = sizeof(info), .info = (uintptr_t)&info } };
	int program_fd = check(bpf(BPF_PROG_GET_FD_BY_ID, &by_id, sizeof(by_id)), "BPF_PROG_GET_FD_BY_ID");

	by_fd.info.bpf_fd = program_fd;
	check(bpf(BPF_OBJ_GET_INFO_BY_FD, &by_fd, sizeof(by_fd)), "BPF_OBJ_GET_INFO_BY_FD");
	memcpy(program->name, info.name, sizeof(program->name));
	program->runs = info.run_cnt;
	program->nanoseconds = info.run_time_ns;
	close(program_fd);
}

/*
 * The programs of the cgroup; returns how many.
 * flags: 0 those that are attached to itself, BPF_F_QUERY_EFFECTIVE all that run for it
 */
static int read_programs(int cgroup, uint32_t flags, struct program programs[PROGRAMS])
{
	int count = 0;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		uint32_t ids[PROGRAMS];
		union bpf_attr query = { .query = { .target_fd = cgroup, .attach_type = hooks[i].attach,
						    .query_flags = flags, .prog_ids = (uintptr_t)ids, .prog_cnt = PROGRAMS } };

		check(bpf(BPF_PROG_QUERY, &query, sizeof(query)), "BPF_PROG_QUERY");
		for (uint32_t j = 0; j < query.query.prog_cnt && count < PROGRAMS; j++) {
			programs[count].id = ids[j];
			read_program(&programs[count++]);
		}
	}
	return count;
}

/* Attached until this process ends. */
static void attach_nothing(void)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++) {
		union bpf_attr load = { .prog_type = hooks[i].program, .expected_attach_type = hooks[i].attach,
					.insns = (uintptr_t)pass, .insn_cnt = 2, .license = (uintptr_t) "GPL" };
		union bpf_attr link = { .link_create = { .target_fd = CGROUP_ATTACHED, .attach_type = hooks[i].attach } };

		link.link_create.prog_fd = check(bpf(BPF_PROG_LOAD, &load, sizeof(load)), "BPF_PROG_LOAD");
		check(bpf(BPF_LINK_CREATE, &link, sizeof(link)), "BPF_LINK_CREATE");
	}
}

/* ---- rounds ---- */

struct round {
	int64_t wall; /* ns */
	int64_t cpu;
	int64_t disturbed; /* how often something else took the CPU */
};

struct worker {
	int command; /* a byte written: do a round */
	int result;  /* the round, read */
	pid_t pid;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int64_t children_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

static struct round do_round(const struct kind *kind)
{
	struct round round;

	/* After the other worker's turn the caches are its own. */
	for (int i = 0; i < kind->calls / 10 + 1; i++)
		kind->call();
	round.disturbed = -switches();
	round.cpu = -clock_ns(CLOCK_PROCESS_CPUTIME_ID) - children_ns();
	round.wall = -clock_ns(CLOCK_MONOTONIC);
	for (int i = 0; i < kind->calls; i++)
		kind->call();
	round.wall += clock_ns(CLOCK_MONOTONIC);
	round.cpu += clock_ns(CLOCK_PROCESS_CPUTIME_ID) + children_ns();
	round.disturbed += switches();
	if (kind->forks)
		round.disturbed = 0;
	kind->after();
	return round;
}

/* Returns when the worker is prepared: two at once would take each other's connections from the far end. */
static struct worker start_worker(const struct kind *kind, enum arm arm)
{
	struct worker worker;
	int command[2], result[2];
	char byte;

	check(pipe2(command, O_CLOEXEC), "pipe2");
	check(pipe2(result, O_CLOEXEC), "pipe2");
	worker = (struct worker){ .command = command[1], .result = result[0], .pid = check(fork(), "fork") };
	if (worker.pid) {
		close(command[0]);
		close(result[1]);
		if (read(worker.result, &byte, 1) != 1)
			exit(1); /* it has said why */
		return worker;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(command[1]);
	move_to(arm == WITH ? CGROUP_WITH : CGROUP_WITHOUT);
	kind->prepare();
	check(write(result[1], "", 1), "write"); /* prepared */
	while (read(command[0], &byte, 1) == 1) {
		struct round round = do_round(kind);

		check(write(result[1], &round, sizeof(round)), "write");
	}
	_exit(0);
}

static struct round take_round(const struct worker *worker)
{
	struct round round;

	check(write(worker->command, "", 1), "write");
	if (read(worker->result, &round, sizeof(round)) != sizeof(round))
		exit(1); /* it has said why */
	return round;
}

static void end_workers(const struct worker workers[2])
{
	/* Both first: the second worker holds the first one's pipe too. */
	close(workers[WITH].command);
	close(workers[WITHOUT].command);
	for (int arm = WITH; arm <= WITHOUT; arm++) {
		close(workers[arm].result);
		check(waitpid(workers[arm].pid, NULL, 0), "waitpid");
	}
}

/* Programs that run for both workers, of somebody else: their fixed costs would be missing from the difference. */
static bool others_attached(void)
{
	struct program programs[PROGRAMS];

	return read_programs(CGROUP_BESIDE, BPF_F_QUERY_EFFECTIVE, programs) > 0;
}

static void wait_for_others(void)
{
	static bool told;

	if (others_attached() && !told) {
		fprintf(stderr, "cost: programs of somebody else are attached to a cgroup above (bpftool cgroup tree): waiting\n");
		told = true;
	}
	while (others_attached())
		usleep(100000);
}

static void quad(const struct kind *kind, const struct worker workers[2], enum arm first, const char *label)
{
	const enum arm order[4] = { first, !first, !first, first };

	for (int retry = 0;; retry++) {
		struct round sum[2] = {};
		bool disturbed = false;

		wait_for_others();
		for (int i = 0; i < 4; i++) {
			struct round round = take_round(&workers[order[i]]);

			sum[order[i]].wall += round.wall;
			sum[order[i]].cpu += round.cpu;
			disturbed |= round.disturbed;
		}
		if (others_attached() || (disturbed && retry < RETRIES))
			continue;
		printf("quad %s %s %.1f %.1f %.1f %.1f\n", label, kind->name, sum[WITH].wall / 2.0 / kind->calls,
		       sum[WITHOUT].wall / 2.0 / kind->calls, sum[WITH].cpu / 2.0 / kind->calls,
		       sum[WITHOUT].cpu / 2.0 / kind->calls);
		return;
	}
}

/* Returns how many programs ran for a call of this worker. */
static double count_programs(const struct kind *kind, const struct worker *worker, int rounds, bool print)
{
	union bpf_attr run_time = { .enable_stats.type = BPF_STATS_RUN_TIME };
	struct program before[PROGRAMS], after[PROGRAMS];
	double calls = rounds * (kind->calls + kind->calls / 10 + 1), runs = 0;
	int stats = check(bpf(BPF_ENABLE_STATS, &run_time, sizeof(run_time)), "BPF_ENABLE_STATS");
	int count = read_programs(CGROUP_ATTACHED, 0, before);

	for (int i = 0; i < rounds; i++)
		take_round(worker);
	read_programs(CGROUP_ATTACHED, 0, after);
	close(stats);
	for (int i = 0; i < count; i++) {
		double ran = after[i].runs - before[i].runs;

		runs += ran;
		if (print && ran)
			printf("program %s %s %.3f %.1f\n", kind->name, after[i].name, ran / calls,
			       (after[i].nanoseconds - before[i].nanoseconds) / calls);
	}
	return runs / calls;
}

/* ---- all of it ---- */

static void forget_flows(void) /* so that the same tuples are new again */
{
	if (system("conntrack -F 2>/dev/null"))
		die("conntrack -F");
}

static void fill_maps(void)
{
	int status;
	pid_t pid = check(fork(), "fork");

	if (pid == 0) {
		move_to(CGROUP_WITH);
		for (int i = 0; i < FLOWS + FLOWS / 4; i++) {
			if (i % 8192 == 0) {
				forget_flows();
				udp_unconnected();
			}
			call_sendto_new();
		}
		_exit(0);
	}
	check(waitpid(pid, &status, 0), "waitpid");
	if (status)
		exit(1); /* it has said why */
	forget_flows();
}

static void measure(const struct kind *kind, int quads, const char *label, bool attached, bool named)
{
	struct worker workers[2];

	for (int arm = WITH; arm <= WITHOUT; arm++)
		workers[arm] = start_worker(kind, arm);

	for (int i = 0; i < 3; i++)
		for (int arm = WITH; arm <= WITHOUT; arm++)
			take_round(&workers[arm]);
	for (int i = 0; i < quads; i++)
		quad(kind, workers, i % 2 ? WITHOUT : WITH, label);
	if (attached) {
		double with = count_programs(kind, &workers[WITH], 10, named);
		double without = count_programs(kind, &workers[WITHOUT], 10, false);

		/* Else it is no comparison. Somebody else in the machine may send a packet meanwhile. */
		if (without > 0.1 || (with < 0.9 && strcmp(kind->name, "fork-exec"))) {
			fprintf(stderr, "cost: %s: %.2f programs a call run with them, %.2f without\n", kind->name, with,
				without);
			exit(1);
		}
	}
	end_workers(workers);
	forget_flows();
}

static void make_far_end(void)
{
	int near = check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "open /proc/self/ns/net");

	enter_far();
	udp_sink(INADDR_ANY, SINK);
	far_listener = tcp_listener(INADDR_ANY);
	far_port = port_of(far_listener);
	check(setns(near, CLONE_NEWNET), "setns");
	close(near);
}

static bool is_one_of(const char *name, char **names)
{
	while (*names)
		if (strcmp(*names++, name) == 0)
			return true;
	return false;
}

static void take_cpu(void)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sysconf(_SC_NPROCESSORS_ONLN) - 1, &cpu);
	check(sched_setaffinity(0, sizeof(cpu), &cpu), "sched_setaffinity");
	check(setpriority(PRIO_PROCESS, 0, -20), "setpriority");
}

int main(int argc, char **argv)
{
	struct program programs[PROGRAMS];
	bool least;
	int quads;

	if (argc == 3 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc == 3 && strcmp(argv[1], "flow") == 0) {
		send_to(new_socket(SOCK_DGRAM), strtoul(argv[2], NULL, 10), SINK);
		return 0;
	}
	if (argc < 3 || (quads = atoi(argv[1])) < 1) {
		fprintf(stderr, "usage: cost QUADS LABEL [KIND...]\n");
		return 2;
	}
	for (int file = CGROUP_WITH; file <= NETNS_FAR; file++)
		check(fcntl(file, F_SETFD, FD_CLOEXEC), "fcntl: files 3 to 7");
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	take_cpu();
	move_to(CGROUP_WITHOUT);
	make_far_end();
	least = strcmp(argv[2], "least") == 0;
	if (least)
		attach_nothing();
	if (strcmp(argv[2], "on") == 0)
		fill_maps();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (argc > 3 && !is_one_of(kinds[i].name, argv + 3))
			continue;
		fflush(stdout); /* else the children have it too */
		measure(&kinds[i], quads, argv[2], read_programs(CGROUP_ATTACHED, 0, programs) > 0, !least);
	}
	return 0;
}
