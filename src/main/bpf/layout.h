/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys and values of the maps and rows of the iterator: what the programs write and the service reads.
 * Integers are in host byte order, addresses and ports in network byte order. No struct has implicit padding.
 * The number in front of each comment is the offset; the Java side has the same as constants. See README.md.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <linux/types.h>

#define COMM_SIZE     16   /* TASK_COMM_LEN, include/linux/sched.h */
#define ANCESTORS     10
#define PATH_SIZE     256  /* bytes of an executable's path, see struct process */
#define COMMAND_SIZE  256  /* bytes of a command line in struct process; the rest is in map command_parts */
#define PART_SIZE     480  /* bytes of a command line in an entry of map command_parts */
#define PARTS         8
#define LONG_COMMAND  4096 /* bytes of a command line that are recorded: of a longer one, half of them at each end */
#define CGROUP_SIZE   512  /* bytes of a cgroup's path, see struct cgroup_path */

/* Settings of the programs. The loader writes them before load, in section .rodata.config. */
struct config {
	__u64 netns_cookie;  /*  0 the service's network namespace: SO_NETNS_COOKIE */
	__u64 cgroup_root;   /*  8 inode of the cgroup2 root that the service sees: paths end there */
	__u32 pidns;         /* 16 inode of /proc/self/ns/pid: pids are those of this namespace */
	__u32 eviction_mask; /* 20 entries of map traces, a power of two, less one */
	__u64 sure_from;     /* 24 CLOCK_MONOTONIC ns: from then on, a UDP packet without an earlier one begins a flow */
};                           /* 32 */

enum role {
	INITIATOR = 0, /* the process that sent the flow's first packet: map initiators */
	ACCEPTOR = 1,  /* the process whose socket received it: map acceptors */
};

/*
 * Key of maps initiators and acceptors: the tuple of the first packet as the socket saw it. The source is the initiator.
 * IPv4 addresses are mapped, ::ffff:a.b.c.d. ICMP: source_port is the id, destination_port the bytes type, code.
 * Both ports are 0 for DCCP and for protocols without ports.
 */
struct flow_key {
	__u8 source[16];         /*  0 */
	__u8 destination[16];    /* 16 */
	__be16 source_port;      /* 32 */
	__be16 destination_port; /* 34 */
	__u8 protocol;           /* 36 IPPROTO_* */
	__u8 own_netns;          /* 37 1: the socket is in the service's network namespace; 0: in another */
	__u16 zero;              /* 38 */
};                               /* 40 */

/* Identity of one process image. It is never reused: a reused pid has another start, and an exec changes image. */
struct process_id {
	__u64 start; /*  0 start_boottime of the group leader, ns: field 22 of /proc/PID/stat before its division */
	__u32 tgid;  /*  8 in the initial pid namespace */
	__u32 image; /* 12 self_exec_id: counts exec calls, inherited by fork */
};                   /* 16 */

enum owner_flags {
	KERNEL = 1,  /* a kernel thread uses the socket: there is no process */
	FORGED = 2,  /* TCP from a raw socket: recorded with its packet; a connect is recorded before its packet */
	HELD = 4,    /* found by the iterator as a holder of the socket, which may not be its user */
	DELETED = 8, /* the executable was unlinked when the flow began */
	DISTANT = 16, /* another task was current, or the command line not in memory: version is older than the flow */
	ANSWER = 32, /* UDP: the socket had a packet of the reversed flow before: the receiver of this packet began the flow */
	UNSURE = 64, /* UDP: the socket may have had such a packet before the programs were loaded */
	PORT_CHOSEN = 128, /* with HELD: the process, not the kernel, chose the local port */
};

/* Key of maps processes and command_parts. */
struct image_key {
	struct process_id process; /*  0 */
	__u32 version;             /* 16 as in struct owner: a program may change its command line, a parent may exit */
	__u32 part;                /* 20 number of a part of the command line, from 1 on; 0 in map processes */
};                                 /* 24 */

struct owner {
	struct process_id process; /*  0 */
	__u64 cgroup;              /* 16 id of its cgroup2 */
	__u64 netns_cookie;        /* 24 cookie of the socket's namespace */
	__u32 netns;               /* 32 inode of the socket's namespace; 0 if the process is in another */
	__u32 pid;                 /* 36 tgid as seen from config.pidns; 0: not visible from there */
	__u32 uid;                 /* 40 real uid and gid, in the initial user namespace */
	__u32 gid;                 /* 44 */
	__u32 loginuid;            /* 48 (__u32)-1: unset */
	__u32 euid;                /* 52 effective uid, in the initial user namespace */
	char comm[COMM_SIZE];      /* 56 name of the group leader, NUL-terminated */
	__u32 flags;               /* 72 enum owner_flags */
	__u32 version;             /* 76 hash of command line and parent; 0: unknown */
};                                 /* 80 */

/* Value of maps initiators and acceptors: the record of a flow on one side. */
struct flow {
	__u64 seen;         /*  0 CLOCK_MONOTONIC ns of the owner's latest recorded packet; TCP: of its connect or a repeated SYN */
	__u64 other_seen;   /*  8 that time for another process or socket, earlier or at the same time; 0: none */
	__u64 socket;       /* 16 socket cookie */
	struct owner owner; /* 24 */
	__u32 ifindex;      /* 104 device that the packet left or entered by, in the socket's namespace; 0: unknown */
	__u32 left;         /* 108 TCP connect: device that the SYN left by; 0: none has left. ifindex is what connect() found */
};                          /* 112 */

/*
 * Value of map traces, which shows that a flow's record was written. Its index is the high half of the flow's hash &
 * eviction_mask. An LRU map evicts without a report. If a flow has an eviction mark and no record, its record was
 * evicted. Another flow with the same index overwrites the mark.
 */
struct eviction_mark {
	__u32 hash;    /*  0 low half of the flow's hash, see hash_of() */
	__u32 time;    /*  4 CLOCK_MONOTONIC in units of 2^20 ns, modulo 2^32 */
	__u32 entered; /*  8 number of writes begun for this index, modulo 2^32 */
	__u32 left;    /* 12 number of writes finished; not equal to entered while a CPU writes */
	__u32 process; /* 16 hash of the owner's struct process_id */
	__u32 zero;    /* 20 */
};                     /* 24 */

struct ancestor {
	__u32 pid;            /*  0 as seen from config.pidns */
	char comm[COMM_SIZE]; /*  4 */
};                            /* 20 */

/*
 * Value of map processes: the record of a process image, written when the image first uses a socket.
 * A path is stored as names from the last to the first, each ended by a NUL: "curl\0bin\0usr\0". If it does not fit,
 * the names nearest to the root are missing and path_length is PATH_SIZE or more.
 */
struct process {
	struct process_id id;                 /*   0 */
	__u32 pidns;                          /*  16 inode of its pid namespace */
	__u32 device;                         /*  20 s_dev of the executable's file system, major << 20 | minor */
	__u32 command_length;                 /*  24 length of the command line, all of it; 0: unknown */
	__u16 path_length;                    /*  28 */
	__u8 deleted;                         /*  30 1: the executable is unlinked */
	__u8 ancestors;                       /*  31 number of elements of ancestor in use */
	struct ancestor ancestor[ANCESTORS];  /*  32 [0] is the parent */
	char path[PATH_SIZE];                 /* 232 path of the executable */
	char command[COMMAND_SIZE];           /* 488 arguments, each ended by a NUL */
	__u64 inode;                          /* 744 i_ino of the executable */
};                                            /* 752 */

/* Value of map cgroups. Names as in struct process; those nearest to the root are missing if the path does not fit. */
struct cgroup_path {
	__u32 length;            /* 0 length of names; 0: the root; CGROUP_SIZE or more: cut */
	char names[CGROUP_SIZE]; /* 4 */
};                               /* 516 */

/*
 * Row of the iterator "sockets", one for each file descriptor of a socket that has ports and is bound, listening or
 * connected. Addresses as in struct flow_key; unspecified ones are ::ffff:0.0.0.0 for an IPv4 socket and :: for IPv6.
 */
struct socket_holder {
	__u64 socket;       /*   0 socket cookie */
	__u64 inode;        /*   8 inode of the socket, as in the links of /proc/PID/fd */
	struct owner owner; /*  16 the process that has the descriptor */
	__u8 local[16];     /*  96 */
	__u8 remote[16];    /* 112 */
	__be16 local_port;  /* 128 */
	__be16 remote_port; /* 130 0: not connected */
	__u32 descriptor;   /* 132 */
	__u8 protocol;      /* 136 IPPROTO_*; MPTCP is reported as TCP */
	__u8 own_netns;     /* 137 as in struct flow_key */
	__u8 only_v6;       /* 138 1: accepts no IPv4 (IPV6_V6ONLY) */
	__u8 listening;     /* 139 1: accepts connections */
	__u32 zero;         /* 140 */
};                          /* 144 */

#define QUESTION_SIZE 264  /* a name of 255 bytes, type and class (RFC 1035, 2.3.4 and 4.1.2), rounded up to 8 */
#define ANSWER_SIZE   4084 /* bytes of the longest answer that is copied */

/* Key of map questions. */
struct question_key {
	__u64 socket;    /*  0 socket cookie */
	__u8 server[16]; /*  8 as in struct flow_key */
	__be16 id;       /* 24 id of the message */
	__u16 zero[3];   /* 26 */
};                       /* 32 */

/* Value of map questions. */
struct question {
	__u64 time;                /*  0 CLOCK_MONOTONIC ns */
	__u32 length;              /*  8 length of the question: name, type and class */
	__u32 zero;                /* 12 */
	__u8 bytes[QUESTION_SIZE]; /* 16 bytes of the message, from the question on */
};                                 /* 280 */

/* Row of map answers, which ends with the message. */
struct answer {
	__u64 time;                 /*  0 CLOCK_MONOTONIC ns */
	__u32 length;               /*  8 length of the message */
	__u8 message[ANSWER_SIZE];  /* 12 */
};                                  /* 4096 */

/* Row of map packet_sockets. */
struct packet_socket {
	__u64 time;         /*  0 CLOCK_MONOTONIC ns */
	struct owner owner; /*  8 the process that opened the socket */
};                          /* 88 */

#define BY_NETFILTER 4096 /* cause of a refusal: above MAX_ERRNO, include/linux/err.h */

/* Row of map refusals: an attempt of a socket of the service's network namespace that did not become a flow. */
struct refusal {
	__u64 time;          /*  0 CLOCK_MONOTONIC ns */
	struct flow_key key; /*  8 as conntrack would have reported it; the source is zero if none was chosen */
	__u32 ifindex;       /* 48 device that the packet would have left by; 0: unknown */
	__u32 cause;         /* 52 error of connect(), or BY_NETFILTER */
	struct owner owner;  /* 56 process.start 0: unknown */
};                           /* 136 */

#define LOOKUPS 64 /* of one call of program look_up */

/* A lookup of a flow record. The service writes key and role, the program the rest. */
struct lookup {
	struct flow_key key; /*   0 */
	__u32 role;          /*  40 enum role */
	__u32 found;         /*  44 1: the map has the record */
	struct flow flow;    /*  48 */
};                           /* 160 */

/* Value of map exchange, which the service maps into its memory. */
struct exchange {
	__u32 containers; /*  0 1: a socket of another network namespace has had a user */
	__u32 wanted;     /*  4 number of lookups to do */
	struct lookup lookup[LOOKUPS];
};

/* Keys of map counters. */
enum counter {
	FLOWS_FAILED = 0,     /* flow records dropped: the map is full or map traces has no such index */
	PROCESSES_FAILED = 1, /* process image, command line or cgroup records dropped: map full or no free buffer */
	SENDERS_UNKNOWN = 2,  /* packets of sockets that got no record: sender unknown, or no tuple */
	ANSWERS_DROPPED = 3,  /* requested DNS answers that were not copied: ring full, no buffer or too long */
	ANSWERS_UNASKED = 4,  /* DNS answers from port 53 that no question of the socket matches */
	PACKET_SOCKETS_DROPPED = 5, /* packet sockets that were not recorded: ring full */
	REFUSALS_DROPPED = 6, /* refused attempts that were not recorded: ring full */
	COUNTERS = 7,
};

_Static_assert(COMMAND_SIZE + PARTS * PART_SIZE == LONG_COMMAND, "the parts hold what struct process does not");
_Static_assert(sizeof(struct config) == 32 && sizeof(struct flow_key) == 40 && sizeof(struct image_key) == 24 && sizeof(struct owner) == 80 &&
	       sizeof(struct flow) == 112 && sizeof(struct lookup) == 160 && offsetof(struct exchange, lookup) == 8 && sizeof(struct eviction_mark) == 24 && sizeof(struct process) == 752 &&
	       sizeof(struct cgroup_path) == 516 && sizeof(struct socket_holder) == 144 &&
	       sizeof(struct question_key) == 32 && sizeof(struct question) == 280 && sizeof(struct answer) == 4096 && sizeof(struct packet_socket) == 88 &&
	       sizeof(struct refusal) == 136,
	       "the Java side relies on these sizes");

#endif
