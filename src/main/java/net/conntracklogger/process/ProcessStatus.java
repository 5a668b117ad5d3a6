// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import net.conntracklogger.linux.Decimal;

/**
 * What {@code /proc/PID/status} says of a process (proc_pid_status(5)).
 *
 * @param uid real user id
 * @param gid real group id
 * @param effectiveUid effective user id
 * @param onePid whether the process has an id in the pid namespace of this procfs only, and in none below, such as that of
 *     a container
 * @param containerInit whether the process has id 1 in a pid namespace below that of this procfs
 */
public record ProcessStatus(long uid, long gid, long effectiveUid, boolean onePid, boolean containerInit) {
    private static final String UID = "Uid:\t";
    private static final String GID = "Gid:\t";
    /**
     * Ids of the process, one for each pid namespace. The first is that of the pid namespace of this procfs, the last
     * that of the one that the process is in.
     */
    private static final String NS_PID = "NSpid:\t";

    /** Parses the file. Returns null if a user or group id is missing or is not a number. */
    static ProcessStatus parse(String text) {
        long uid = -1;
        long gid = -1;
        long effectiveUid = -1;
        boolean onePid = false;
        boolean containerInit = false;
        for (String line : text.split("\n")) {
            if (line.startsWith(UID)) {
                uid = Decimal.parse(line, UID.length());
                effectiveUid = Decimal.parse(line, line.indexOf('\t', UID.length()) + 1);
            } else if (line.startsWith(GID)) {
                gid = Decimal.parse(line, GID.length());
            } else if (line.startsWith(NS_PID)) {
                onePid = line.indexOf('\t', NS_PID.length()) < 0;
                containerInit = !onePid && line.endsWith("\t1");
            }
        }
        return uid < 0 || gid < 0 || effectiveUid < 0
                ? null
                : new ProcessStatus(uid, gid, effectiveUid, onePid, containerInit);
    }
}
