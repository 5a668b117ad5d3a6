/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the eBPF programs write and the service reads: keys and values of the maps.
 * Integers are in host byte order, addresses and ports in network byte order.
 * No struct has implicit padding; the offsets (in front of each comment) are part of the interface.
 */
#ifndef FLOW_OWNER_H
#define FLOW_OWNER_H

#include <linux/types.h>

#define COMM_SIZE     16   /* TASK_COMM_LEN, include/linux/sched.h */
#define ANCESTORS     10
#define PATH_SIZE     256  /* of an executable, see struct process */
#define COMMAND_SIZE  256  /* the part of a command line that every process has room for */
#define LONG_COMMAND  4096 /* the longest command line kept */
#define CGROUP_SIZE   512

/* Set by the loader before load (section .rodata.config). */
struct config {
	__u64 netns_cookie;  /*  0 the service's network namespace: SO_NETNS_COOKIE */
	__u64 cgroup_root;   /*  8 inode of the cgroup2 root it sees: paths end there */
	__u32 pidns;         /* 16 inode of /proc/self/ns/pid: pids are those of this namespace */
	__u32 trace_mask;    /* 20 entries of map traces, a power of two, less one */
};                           /* 24 */

enum role {
	INITIATOR = 0, /* the process that sent the flow's first packet */
	ACCEPTOR = 1,  /* the process whose socket received it */
};

/*
 * A flow as its first packet had it at the socket's end, the initiator being the source.
 * IPv4 addresses are mapped, ::ffff:a.b.c.d. ICMP: source_port is the id, destination_port the bytes type, code.
 * Protocols without ports, and DCCP: both 0.
 */
struct flow_key {
	__u8 source[16];         /*  0 */
	__u8 destination[16];    /* 16 */
	__be16 source_port;      /* 32 */
	__be16 destination_port; /* 34 */
	__u8 protocol;           /* 36 IPPROTO_* */
	__u8 role;               /* 37 enum role */
	__u8 own_netns;          /* 38 1: a socket of the service's network namespace; 0: of any other */
	__u8 zero;               /* 39 */
};                               /* 40 */

/* One process image for ever: a pid that comes round again has another start, an exec another image number. */
struct process_id {
	__u64 start; /*  0 start_boottime of the group leader, ns: field 22 of /proc/PID/stat before its division */
	__u32 tgid;  /*  8 in the initial pid namespace */
	__u32 image; /* 12 self_exec_id: counts exec calls, inherited by fork */
};                   /* 16 */

enum owner_flags {
	KERNEL = 1, /* a kernel thread's socket: there is no process */
	FORGED = 2, /* TCP from a raw socket: recorded with its packet, not before it as a connect is */
	HELD = 4,   /* one of those who held the socket when all were listed, as when the programs were loaded; not surely its user */
	DELETED = 8, /* the executable was no longer linked when the flow began; known only where the owner was current */
};

struct owner {
	struct process_id process; /*  0 */
	__u64 cgroup;              /* 16 id of its cgroup2 */
	__u64 netns_cookie;        /* 24 of the socket */
	__u32 netns;               /* 32 its inode, 0 where the process has left that namespace */
	__u32 pid;                 /* 36 tgid as seen from config.pidns, 0: not visible from there */
	__u32 uid;                 /* 40 real uid and gid, in the initial user namespace */
	__u32 gid;                 /* 44 */
	__u32 loginuid;            /* 48 (__u32)-1: unset */
	__u32 session;             /* 52 (__u32)-1: unset */
	char comm[COMM_SIZE];      /* 56 of the group leader, NUL-terminated */
	__u32 flags;               /* 72 enum owner_flags */
	__u32 zero;                /* 76 */
};                                 /* 80 */

/* Map flows: struct flow_key to this. */
struct flow {
	__u64 seen;         /*  0 CLOCK_MONOTONIC ns of the owner's latest packet (TCP: of its connect) */
	__u64 other_seen;   /*  8 the same of another process that this record replaced, 0: none */
	__u64 socket;       /* 16 socket cookie */
	struct owner owner; /* 24 */
};                          /* 104 */

/*
 * Map traces, an array: that a flow's record was written, at the index of the low bits of its hash's high half. An LRU map drops
 * a record without a word; who finds none but a trace knows that there was one. Another flow may overwrite the trace.
 */
struct trace {
	__u32 hash; /* 0 low half of the flow's hash, see hash_of() */
	__u32 time; /* 4 CLOCK_MONOTONIC in units of 2^20 ns, modulo 2^32 */
	__u32 entered; /* 8 how often a record of such a hash began to be written */
	__u32 left;    /* 12 how often it was done */
};                     /* 16 */

struct ancestor {
	__u32 pid;            /*  0 as seen from config.pidns, 0: not visible from there */
	char comm[COMM_SIZE]; /*  4 */
};                            /* 20 */

/*
 * Map processes: struct process_id to this. Written when an image first uses a socket, from the running process.
 * A path is kept as its names from the last to the first, each ended by a NUL: "curl\0bin\0usr\0". If it does not fit,
 * the names nearest to the root are missing and path_length is PATH_SIZE or more.
 */
struct process {
	struct process_id id;                 /*   0 */
	__u32 pidns;                          /*  16 inode of its pid namespace */
	__u32 mntns;                          /*  20 inode of its mount namespace, 0: gone */
	__u32 command_length;                 /*  24 of the command line; more than COMMAND_SIZE: see long_commands */
	__u16 path_length;                    /*  28 */
	__u8 deleted;                         /*  30 1: the executable is no longer linked */
	__u8 ancestors;                       /*  31 how many of ancestor are used */
	struct ancestor ancestor[ANCESTORS];  /*  32 [0] is the parent */
	char path[PATH_SIZE];                 /* 232 */
	char command[COMMAND_SIZE];           /* 488 arguments, each ended by a NUL */
	__u64 inode;                          /* 744 of the executable, as its file system numbers it: i_ino */
	__u32 device;                         /* 752 of that file system, major << 20 | minor: s_dev */
	__u32 zero;                           /* 756 */
};                                            /* 760 */

/* Map cgroups: __u64 cgroup id to this. Names as in struct process; a path that does not fit lacks those nearest to the root. */
struct cgroup_path {
	__u32 length;            /* 0 of names; 0: the root; CGROUP_SIZE or more: cut */
	char names[CGROUP_SIZE]; /* 4 */
};                               /* 516 */

/*
 * What reading the iterator "sockets" yields: one for each file descriptor that refers to a socket of a protocol with ports
 * that is bound, listens or is connected. Addresses as in struct flow_key; those of an IPv4 socket that has none are
 * ::ffff:0.0.0.0, those of an IPv6 socket ::.
 */
struct socket_holder {
	__u64 socket;       /*   0 socket cookie */
	__u64 inode;        /*   8 as in the links of /proc/PID/fd */
	struct owner owner; /*  16 who has the descriptor */
	__u8 local[16];     /*  96 */
	__u8 remote[16];    /* 112 */
	__be16 local_port;  /* 128 */
	__be16 remote_port; /* 130 0: not connected */
	__u32 descriptor;   /* 132 */
	__u8 protocol;      /* 136 IPPROTO_*; TCP for MPTCP too */
	__u8 own_netns;     /* 137 as in struct flow_key */
	__u8 only_v6;       /* 138 1: takes no IPv4 (IPV6_V6ONLY) */
	__u8 listening;     /* 139 1: takes connections */
	__u32 zero;         /* 140 */
};                          /* 144 */

/* Map counters: a per-CPU array. */
enum counter {
	FLOWS_WRITTEN = 0,   /* records inserted or replaced (not: seen again) */
	FLOWS_FAILED = 1,    /* no room: the flow has no record */
	PROCESSES_WRITTEN = 2,
	PROCESSES_FAILED = 3, /* no room or no scratch space: the flow has an owner without command line or control group */
	SENDERS_UNKNOWN = 4,  /* packets that left in the context of somebody else, without a record */
	COUNTERS = 5,
};

_Static_assert(sizeof(struct config) == 24 && sizeof(struct flow_key) == 40 && sizeof(struct owner) == 80 &&
	       sizeof(struct flow) == 104 && sizeof(struct trace) == 16 && sizeof(struct process) == 760 && sizeof(struct cgroup_path) == 516 &&
	       sizeof(struct socket_holder) == 144, "the reader counts on these sizes");

#endif
