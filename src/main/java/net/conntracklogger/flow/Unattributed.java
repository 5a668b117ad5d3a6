// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** Why a flow has no process. */
public enum Unattributed {
    /** The socket or the process had gone before it could be asked. */
    PROCESS_GONE("process-gone"),
    /** The kernel itself sent it, or answers: no process takes echo requests. */
    KERNEL("kernel"),
    /** The process is in a pid namespace that cannot be seen from the service's own. */
    OTHER_PIDNS("other-pidns"),
    /** It runs in another network namespace, and no program noted there whose it is. */
    OTHER_NETNS("other-netns"),
    /** Neither end is on this host, or in the network namespace that tracked it. */
    FORWARDED("forwarded"),
    /** It came in from outside, and nothing here listens for it. */
    NO_LISTENER("no-listener"),
    /** Several processes held the socket, or sockets that share its port: which of them sent cannot be told. */
    SHARED_SOCKET("shared-socket"),
    /** Several processes used its addresses and ports at about the same time: which of them began it cannot be told. */
    AMBIGUOUS("ambiguous"),
    /** The socket found, or its process, is not known to have been there already when the flow began. */
    LATE("late"),
    /** It ended, and its beginning was not seen or had to be forgotten. */
    BEGINNING_UNKNOWN("beginning-unknown"),
    /** It is older than tracking, and both ends are here: which one began it is not known. */
    MIDSTREAM("midstream"),
    /** The search would have taken time that reading events needs. */
    SEARCH_LIMIT("search-limit"),
    /** The kernel refused the look. */
    NOT_PERMITTED("not-permitted"),
    /** No layer of attribution that is switched on could see whose it is. */
    NOT_COVERED("not-covered");

    private final String text;

    Unattributed(String text) {
        this.text = text;
    }

    public String text() {
        return text;
    }
}
