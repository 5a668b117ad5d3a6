// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Whose flow it is, as far as that could be found out. What is not known is null or {@link ProcessInfo#UNKNOWN_ID},
 * never a guess.
 *
 * @param source how it was found, null if nothing was
 * @param process the process, null if unknown
 * @param uid owner of the socket or of the process
 * @param cgroup control group of the socket or of the process, null if unknown
 * @param reason why there is no process; null if there is one
 * @param identity what else is told of it
 */
public record Owner(
        OwnerSource source,
        ProcessInfo process,
        long uid,
        ControlGroup cgroup,
        Unattributed reason,
        Identity identity) {

    public static Owner of(OwnerSource source, ProcessInfo process, ControlGroup cgroup) {
        return of(source, process, cgroup, Identity.UNKNOWN);
    }

    public static Owner of(OwnerSource source, ProcessInfo process, ControlGroup cgroup, Identity identity) {
        return new Owner(source, process, process.uid(), cgroup, null, identity);
    }

    /** A socket whose process could not be had: its user and its group are known all the same. */
    public static Owner ofSocket(OwnerSource source, long uid, ControlGroup cgroup, Unattributed reason) {
        return new Owner(source, null, uid, cgroup, reason, Identity.UNKNOWN);
    }

    public static Owner unknown(Unattributed reason) {
        return new Owner(null, null, ProcessInfo.UNKNOWN_ID, null, reason, Identity.UNKNOWN);
    }
}
