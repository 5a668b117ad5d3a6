// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** The reason why the owner of a flow is unknown. */
public enum Unattributed {
    /** The socket or the process was gone before it was looked up. */
    PROCESS_GONE("process-gone"),
    /** The kernel itself sent the packet, or replies to it (an echo request, for example). */
    KERNEL("kernel"),
    /** The process is in a pid namespace that is not below that of the service. */
    OTHER_PIDNS("other-pidns"),
    /** The flow is in another network namespace, and no BPF record of it exists. */
    OTHER_NETNS("other-netns"),
    /** Neither side is on this host, or in the network namespace that tracks the flow. */
    FORWARDED("forwarded"),
    /** The flow is inbound, and no socket listens for it. */
    NO_LISTENER("no-listener"),
    /** Several processes hold the socket, or sockets that share its port. Which one sent is unknown. */
    SHARED_SOCKET("shared-socket"),
    /** Several processes used the tuple at about the same time. Which one began the flow is unknown. */
    AMBIGUOUS("ambiguous"),
    /** The socket or process found may be younger than the flow. */
    LATE("late"),
    /** The beginning of an ended flow was not seen, or dropped from the open flows. */
    BEGINNING_UNKNOWN("beginning-unknown"),
    /** The flow is midstream, and both sides are on this host. Which one began it is unknown. */
    MIDSTREAM("midstream"),
    /** A search would have taken the time that reading events needs. */
    SEARCH_LIMIT("search-limit"),
    /** The kernel refused the lookup. */
    NOT_PERMITTED("not-permitted"),
    /** The lookup failed, for example because memory was short. A warning says why. */
    LOOKUP_FAILED("lookup-failed"),
    /** No enabled layer of attribution covers such a flow. */
    NOT_COVERED("not-covered"),
    /** An entry sums up flows of several processes, or of some that are unknown. */
    SEVERAL("several");

    private final String text;

    Unattributed(String text) {
        this.text = text;
    }

    /** Reports whether a process that can be named in principle was not found. */
    public boolean isMissed() {
        return switch (this) {
            case PROCESS_GONE, SHARED_SOCKET, AMBIGUOUS, LATE, SEARCH_LIMIT, NOT_PERMITTED, LOOKUP_FAILED -> true;
            case KERNEL,
                    OTHER_PIDNS,
                    OTHER_NETNS,
                    FORWARDED,
                    NO_LISTENER,
                    BEGINNING_UNKNOWN,
                    MIDSTREAM,
                    NOT_COVERED,
                    SEVERAL -> false;
        };
    }

    /** Returns the value of PID_REASON. */
    public String text() {
        return text;
    }
}
