/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel types that the programs read, each with only the fields that they read. libbpf takes the offsets from the
 * running kernel's BTF when it loads the object (CO-RE), so the order and size of fields are not those of the kernel.
 */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <linux/in6.h>
#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/ns_common.h, net/net_namespace.h, include/linux/nsproxy.h */
struct ns_common { unsigned int inum; };
struct net { struct ns_common ns; __u64 net_cookie; };
struct pid_namespace { struct ns_common ns; };
struct nsproxy { struct net *net_ns; };

/* include/linux/pid.h */
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[1]; };

/* include/linux/kernfs.h, include/linux/cgroup-defs.h */
struct kernfs_node { const char *name; struct kernfs_node *__parent; __u64 id; };
struct kernfs_node___before_6_14 { struct kernfs_node *parent; };
struct cgroup { struct kernfs_node *kn; };
struct css_set { struct cgroup *dfl_cgrp; };

/* include/linux/fs.h, include/linux/dcache.h, fs/mount.h */
struct hlist_bl_node { struct hlist_bl_node **pprev; };
struct qstr { __u32 hash; const unsigned char *name; };
struct super_block { unsigned int s_dev; };
struct inode { unsigned short i_mode; unsigned long i_ino; struct super_block *i_sb; };
struct dentry { struct hlist_bl_node d_hash; struct dentry *d_parent; struct qstr d_name; struct inode *d_inode; };
struct vfsmount { struct dentry *mnt_root; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct path f_path; struct inode *f_inode; void *private_data; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct files_struct { struct fdtable *fdt; };

/* include/linux/cred.h, include/linux/mm_types.h, include/linux/sched.h */
typedef struct { unsigned int val; } kuid_t;
typedef struct { unsigned int val; } kgid_t;
struct cred { kuid_t uid, euid; kgid_t gid; };
struct mm_struct { unsigned long arg_start, arg_end; struct file *exe_file; };
struct task_struct {
	unsigned int flags;
	int tgid;
	__u64 start_boottime;
	__u64 self_exec_id;
	char comm[16];
	struct task_struct *group_leader;
	struct task_struct *real_parent;
	struct pid *thread_pid;
	struct mm_struct *mm;
	const struct cred *real_cred;
	kuid_t loginuid;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	struct files_struct *files;
};

/* include/net/sock.h, include/net/inet_connection_sock.h, include/linux/net.h */
typedef struct { struct net *net; } possible_net_t;
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_ipv6only : 1;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	struct { __u64 counter; } skc_cookie;
};
struct net_device { int ifindex; };
struct dst_entry { struct net_device *dev; };
struct socket;
struct sock {
	struct sock_common __sk_common;
	struct dst_entry *sk_dst_cache;
	struct socket *sk_socket;
	unsigned char sk_userlocks : 4;
	unsigned char sk_kern_sock : 1;
	__u16 sk_type;
	__u16 sk_protocol;
	void *sk_user_data;
};
struct tcp_ulp_ops;
struct inet_connection_sock { __u8 icsk_retransmits; const struct tcp_ulp_ops *icsk_ulp_ops; };
struct socket { struct sock *sk; };
struct udp_sock;

/* include/net/netfilter/nf_conntrack.h, include/net/netfilter/nf_conntrack_tuple.h */
union nf_inet_addr { __be32 all[4]; };
union nf_conntrack_man_proto { __be16 all; };
struct nf_conntrack_man { union nf_inet_addr u3; union nf_conntrack_man_proto u; __u16 l3num; };
struct nf_conntrack_tuple {
	struct nf_conntrack_man src;
	struct { union nf_inet_addr u3; union { __be16 all; } u; __u8 protonum; } dst;
};
struct nf_conntrack_tuple_hash { struct nf_conntrack_tuple tuple; };
struct nf_conn { struct nf_conntrack_tuple_hash tuplehash[2]; unsigned long status; };

/* include/linux/skbuff.h, include/net/dropreason-core.h */
struct sk_buff {
	struct sock *sk;
	unsigned long _nfct, _skb_refdst;
	int skb_iif;
	__u16 network_header, transport_header;
	unsigned char *head;
};
enum skb_drop_reason { SKB_DROP_REASON_NETFILTER_DROP = 7 };

/*
 * arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h: the number of a system call, and the registers of its first
 * and third argument
 */
#if defined(__TARGET_ARCH_x86)
struct pt_regs { unsigned long di, dx, orig_ax; };
#define FIRST_ARGUMENT di
#define THIRD_ARGUMENT dx
#define SYSCALL_NUMBER orig_ax
#define NR_SPLICE 275
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs { __u64 regs[31], orig_x0; int syscallno; };
#define FIRST_ARGUMENT orig_x0
#define THIRD_ARGUMENT regs[2]
#define SYSCALL_NUMBER syscallno
#define NR_SPLICE 76
#else
#error "compile with -D__TARGET_ARCH_x86 or -D__TARGET_ARCH_arm64"
#endif

/* include/linux/seq_file.h, kernel/bpf/task_iter.c, net/ipv4/udp.c */
struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; };
struct bpf_iter__task_file { struct bpf_iter_meta *meta; struct task_struct *task; __u32 fd; struct file *file; };
struct bpf_iter__udp { struct bpf_iter_meta *meta; struct udp_sock *udp_sk; };

#pragma clang attribute pop

#define PF_KTHREAD      0x00200000 /* include/linux/sched.h */
#define INITIAL_PIDNS   0xeffffffc /* PROC_PID_INIT_INO, include/linux/proc_ns.h */
#define AF_INET         2          /* include/linux/socket.h */
#define AF_INET6        10
#define AF_PACKET       17
#define SOCK_STREAM     1          /* include/linux/net.h */
#define SOCK_DGRAM      2
#define SOCK_RAW        3
#define SOCK_BINDPORT_LOCK 8       /* include/net/sock.h: the process chose the port */
#define NFCT_PTRMASK    ~7UL       /* include/linux/skbuff.h, include/linux/netfilter/nf_conntrack_common.h */
#define SKB_DST_PTRMASK ~1UL       /* include/linux/skbuff.h */
#define IPS_CONFIRMED   (1 << 3)   /* include/uapi/linux/netfilter/nf_conntrack_common.h */
#define IPS_TEMPLATE    (1 << 11)
#define PACKET_HOST     0          /* include/uapi/linux/if_packet.h */
#define S_IFMT          0170000    /* include/uapi/linux/stat.h */
#define S_IFSOCK        0140000

#endif
