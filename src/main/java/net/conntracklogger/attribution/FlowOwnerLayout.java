// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

/** Where things are in what the eBPF programs write: the offsets and sizes of {@code src/main/bpf/flow_owner.h}. */
final class FlowOwnerLayout {
    static final int COMM_SIZE = 16;
    static final int PATH_SIZE = 256;
    static final int COMMAND_SIZE = 256;
    static final int LONG_COMMAND = 4096;
    static final int CGROUP_SIZE = 512;

    /** struct config */
    static final int CONFIG_NETNS_COOKIE = 0;

    static final int CONFIG_CGROUP_ROOT = 8;
    static final int CONFIG_PIDNS = 16;
    static final int CONFIG_TRACE_MASK = 20;
    static final int CONFIG_LENGTH = 24;

    /** enum role */
    static final byte INITIATOR = 0;

    static final byte ACCEPTOR = 1;

    /** struct flow_key */
    static final int KEY_SOURCE = 0;

    static final int KEY_DESTINATION = 16;
    static final int KEY_SOURCE_PORT = 32;
    static final int KEY_DESTINATION_PORT = 34;
    static final int KEY_PROTOCOL = 36;
    static final int KEY_ROLE = 37;
    static final int KEY_OWN_NETNS = 38;
    static final int KEY_LENGTH = 40;

    /** struct flow */
    static final int FLOW_SEEN = 0;

    static final int FLOW_OTHER_SEEN = 8;
    static final int FLOW_SOCKET = 16;
    static final int FLOW_OWNER = 24;
    static final int FLOW_LENGTH = 104;

    /** struct trace */
    static final int TRACE_HASH = 0;

    static final int TRACE_TIME = 4;
    static final int TRACE_LENGTH = 16;
    static final int TRACE_TIME_SHIFT = 20;

    /** struct owner, which begins with a struct process_id */
    static final int OWNER_START = 0;

    static final int OWNER_TGID = 8;
    static final int OWNER_IMAGE = 12;
    static final int PROCESS_ID_LENGTH = 16;
    static final int OWNER_CGROUP = 16;
    static final int OWNER_NETNS_COOKIE = 24;
    static final int OWNER_NETNS = 32;
    static final int OWNER_PID = 36;
    static final int OWNER_UID = 40;
    static final int OWNER_GID = 44;
    static final int OWNER_LOGINUID = 48;
    static final int OWNER_COMM = 56;
    static final int OWNER_FLAGS = 72;

    /** enum owner_flags */
    static final int KERNEL = 1;

    static final int FORGED = 2;
    static final int HELD = 4;
    static final int DELETED = 8;

    /** struct process */
    static final int PROCESS_PIDNS = 16;

    static final int PROCESS_COMMAND_LENGTH = 24;

    static final int PROCESS_PATH_LENGTH = 28;
    static final int PROCESS_DELETED = 30;
    static final int PROCESS_ANCESTORS = 31;
    static final int PROCESS_ANCESTOR = 32;
    static final int ANCESTOR_LENGTH = 20;
    static final int ANCESTOR_COMM = 4;
    static final int PROCESS_PATH = 232;
    static final int PROCESS_COMMAND = 488;
    static final int PROCESS_INODE = 744;
    static final int PROCESS_DEVICE = 752;
    static final int PROCESS_LENGTH = 760;

    /** struct cgroup_path */
    static final int CGROUP_LENGTH_FIELD = 0;

    static final int CGROUP_NAMES = 4;
    static final int CGROUP_PATH_LENGTH = 516;

    /** struct socket_holder */
    static final int HOLDER_SOCKET = 0;

    static final int HOLDER_INODE = 8;
    static final int HOLDER_OWNER = 16;
    static final int HOLDER_LOCAL = 96;
    static final int HOLDER_REMOTE = 112;
    static final int HOLDER_LOCAL_PORT = 128;
    static final int HOLDER_REMOTE_PORT = 130;
    static final int HOLDER_DESCRIPTOR = 132;
    static final int HOLDER_PROTOCOL = 136;
    static final int HOLDER_OWN_NETNS = 137;
    static final int HOLDER_ONLY_V6 = 138;
    static final int HOLDER_LENGTH = 144;

    /** enum counter: keys of a map whose values are one number for each possible CPU */
    static final int FLOWS_FAILED = 1;

    static final int PROCESSES_FAILED = 3;

    private FlowOwnerLayout() {}
}
