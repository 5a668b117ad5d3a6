// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A process as it was when the flow began.
 *
 * @param pid process (thread-group) id in the service's pid namespace
 * @param start when it started, microseconds since the epoch: never later than it did, and earlier by two clock ticks
 *     (20 ms) at most; with {@code pid} it names one process for ever
 * @param uid real user id, {@link #UNKNOWN_ID} where not known
 * @param gid real group id, {@link #UNKNOWN_ID} where not known
 * @param effectiveUid effective user id, {@link #UNKNOWN_ID} if unknown
 * @param comm the kernel's name for it, at most 15 bytes; empty where it made it so
 * @param exe path of its executable, null where not known
 * @param commandLine quoted arguments, see {@link CommandLine}; null if not known or not logged
 * @param parent process id of the parent, 0 where there is none
 * @param loginUid who logged in to start it all ({@code /proc/PID/loginuid}), {@link #UNKNOWN_ID} where unset
 * @param ancestors {@code sh(28860) < cron(512) < systemd(1)}, from the parent up, each by {@link #appendLink}; empty if
 *     there are none, null if not known
 */
public record ProcessInfo(
        int pid,
        long start,
        long uid,
        long gid,
        long effectiveUid,
        RawText comm,
        RawText exe,
        PrintableText commandLine,
        int parent,
        long loginUid,
        String ancestors) {

    /** What the kernel calls {@code (uid_t) -1}: no user. */
    public static final long UNKNOWN_ID = 0xffff_ffffL;

    /** Appends the process and its ancestors: {@code curl(28865) < sh(28860) < cron(512) < systemd(1)}. */
    public void appendAncestry(StringBuilder text) {
        appendLink(text, comm, pid);
        if (!ancestors.isEmpty()) {
            text.append(" < ").append(ancestors);
        }
    }

    /** Appends one process of an ancestry. Its name is escaped so that it cannot pass for another process. */
    public static void appendLink(StringBuilder text, RawText comm, int pid) {
        comm.appendTo(text, TextForm.NAME);
        text.append('(').append(pid).append(')');
    }
}
