// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

/** Offsets and sizes of the structs that the BPF programs write, in bytes: {@code src/main/bpf/layout.h}. */
public final class RecordLayout {
    public static final int COMM_SIZE = 16;
    public static final int PATH_SIZE = 256;
    public static final int COMMAND_SIZE = 256;
    public static final int PART_SIZE = 480;
    public static final int LONG_COMMAND = 4096;
    public static final int CGROUP_SIZE = 512;

    /** enum role */
    public static final byte INITIATOR = 0;

    public static final byte ACCEPTOR = 1;

    /** struct flow_key */
    public static final int KEY_SOURCE = 0;

    public static final int KEY_DESTINATION = 16;
    /** Ports, protocol and namespace, eight bytes. */
    static final int KEY_PORTS = 32;

    public static final int KEY_SOURCE_PORT = 32;
    public static final int KEY_DESTINATION_PORT = 34;
    public static final int KEY_PROTOCOL = 36;
    public static final int KEY_OWN_NETNS = 37;
    public static final int KEY_LENGTH = 40;

    /** struct flow */
    public static final int FLOW_SEEN = 0;

    public static final int FLOW_OTHER_SEEN = 8;
    public static final int FLOW_SOCKET = 16;
    public static final int FLOW_OWNER = 24;
    public static final int FLOW_IFINDEX = 104;
    public static final int FLOW_LEFT = 108;
    public static final int FLOW_LENGTH = 112;

    /** struct lookup */
    static final int LOOKUP_ROLE = 40;

    static final int LOOKUP_FOUND = 44;
    static final int LOOKUP_FLOW = 48;
    static final int LOOKUP_LENGTH = 160;

    /** struct exchange */
    static final int EXCHANGE_CONTAINERS = 0;

    static final int EXCHANGE_WANTED = 4;
    static final int EXCHANGE_LOOKUP = 8;
    static final int LOOKUPS = 64;

    /** struct eviction_mark */
    public static final int TRACE_HASH = 0;

    public static final int TRACE_TIME = 4;
    public static final int TRACE_LENGTH = 24;
    public static final int TRACE_TIME_SHIFT = 20;

    /** struct owner, which begins with a struct process_id */
    public static final int OWNER_START = 0;

    public static final int OWNER_TGID = 8;
    public static final int OWNER_IMAGE = 12;
    public static final int OWNER_CGROUP = 16;
    public static final int OWNER_NETNS_COOKIE = 24;
    public static final int OWNER_NETNS = 32;
    public static final int OWNER_PID = 36;
    public static final int OWNER_UID = 40;
    public static final int OWNER_GID = 44;
    public static final int OWNER_LOGINUID = 48;
    public static final int OWNER_EUID = 52;
    public static final int OWNER_COMM = 56;
    public static final int OWNER_FLAGS = 72;
    public static final int OWNER_VERSION = 76;
    public static final int OWNER_LENGTH = 80;

    /** enum owner_flags */
    public static final int KERNEL = 1;

    public static final int FORGED = 2;
    public static final int HELD = 4;
    public static final int DELETED = 8;
    public static final int DISTANT = 16;
    public static final int ANSWER = 32;
    public static final int UNSURE = 64;

    /** struct image_key, which begins with a struct process_id */
    public static final int IMAGE_KEY_VERSION = 16;

    public static final int IMAGE_KEY_PART = 20;
    public static final int IMAGE_KEY_LENGTH = 24;

    /** struct process */
    public static final int PROCESS_PIDNS = 16;

    public static final int PROCESS_DEVICE = 20;
    public static final int PROCESS_COMMAND_LENGTH = 24;
    public static final int PROCESS_PATH_LENGTH = 28;
    public static final int PROCESS_DELETED = 30;
    public static final int PROCESS_ANCESTORS = 31;
    public static final int PROCESS_ANCESTOR = 32;
    public static final int ANCESTOR_LENGTH = 20;
    public static final int ANCESTOR_COMM = 4;
    public static final int PROCESS_PATH = 232;
    public static final int PROCESS_COMMAND = 488;
    public static final int PROCESS_INODE = 744;
    public static final int PROCESS_LENGTH = 752;

    /** struct cgroup_path */
    public static final int CGROUP_LENGTH_FIELD = 0;

    public static final int CGROUP_NAMES = 4;
    public static final int CGROUP_PATH_LENGTH = 516;

    /** struct socket_holder */
    public static final int HOLDER_SOCKET = 0;

    public static final int HOLDER_INODE = 8;
    public static final int HOLDER_OWNER = 16;
    public static final int HOLDER_LOCAL = 96;
    public static final int HOLDER_REMOTE = 112;
    public static final int HOLDER_LOCAL_PORT = 128;
    public static final int HOLDER_REMOTE_PORT = 130;
    public static final int HOLDER_DESCRIPTOR = 132;
    public static final int HOLDER_PROTOCOL = 136;
    public static final int HOLDER_OWN_NETNS = 137;
    public static final int HOLDER_ONLY_V6 = 138;
    public static final int HOLDER_LENGTH = 144;

    /** struct packet_socket */
    public static final int PACKET_SOCKET_TIME = 0;

    public static final int PACKET_SOCKET_OWNER = 8;

    /** struct refusal */
    public static final int REFUSAL_TIME = 0;

    public static final int REFUSAL_KEY = 8;
    public static final int REFUSAL_IFINDEX = 48;
    public static final int REFUSAL_CAUSE = 52;
    public static final int REFUSAL_OWNER = 56;
    public static final int REFUSAL_LENGTH = 136;
    public static final int BY_NETFILTER = 4096;

    /** enum counter: keys of a map whose values are one number for each possible CPU */
    public static final int FLOWS_FAILED = 0;

    public static final int PROCESSES_FAILED = 1;
    /** Packets of sockets that got no record. */
    static final int SENDERS_UNKNOWN = 2;

    public static final int PACKET_SOCKETS_DROPPED = 5;
    public static final int REFUSALS_DROPPED = 6;

    private RecordLayout() {}
}
