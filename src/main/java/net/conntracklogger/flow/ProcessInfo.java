// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A process as it was when the flow began.
 *
 * @param pid process (thread-group) id in the pid namespace of the service
 * @param start start time in microseconds since the epoch: never late, and at most two clock ticks (20 ms) early. No other
 *     process ever has the same {@code pid} and {@code start}
 * @param uid real user id, {@link #UNKNOWN_ID} if unknown
 * @param gid real group id, {@link #UNKNOWN_ID} if unknown
 * @param effectiveUid effective user id, {@link #UNKNOWN_ID} if unknown
 * @param comm name in the kernel, at most 15 bytes; a process can make it empty
 * @param exe path of the executable, null if unknown
 * @param commandLine quoted arguments, see {@link CommandLine}; null if unknown or not logged
 * @param parent process id of the parent, 0 if it has none
 * @param loginUid user id of the login ({@code /proc/PID/loginuid}), {@link #UNKNOWN_ID} if there was none
 * @param ancestors {@code sh(28860) < cron(512) < systemd(1)}, from the parent up, each by {@link #appendLink}; empty if
 *     there are none, null if unknown
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

    /** The id that stands for no user and no group, {@code (uid_t) -1}. */
    public static final long UNKNOWN_ID = 0xffff_ffffL;

    /** Returns {@code curl(28865) < sh(28860) < systemd(1)}: the process and its ancestors. Returns null if they are unknown. */
    public PrintableText ancestry() {
        if (ancestors == null) {
            return null;
        }
        StringBuilder text = new StringBuilder(32 + ancestors.length());
        appendLink(text, comm, pid);
        if (!ancestors.isEmpty()) {
            text.append(" < ").append(ancestors);
        }
        return PrintableText.of(text);
    }

    /** Appends one process of an ancestry. Its name is escaped so that it cannot pass for another process. */
    public static void appendLink(StringBuilder text, RawText comm, int pid) {
        comm.appendTo(text, TextForm.NAME);
        text.append('(').append(pid).append(')');
    }
}
