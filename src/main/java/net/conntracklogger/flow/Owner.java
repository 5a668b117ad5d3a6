// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Whose flow it is, as far as that could be found out. What is not known is null or {@link ProcessRecord#UNKNOWN_ID},
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
        OwnerSource source, ProcessRecord process, long uid, ControlGroup cgroup, NoProcess reason, Identity identity) {

    public static Owner of(OwnerSource source, ProcessRecord process, ControlGroup cgroup) {
        return of(source, process, cgroup, Identity.UNKNOWN);
    }

    public static Owner of(OwnerSource source, ProcessRecord process, ControlGroup cgroup, Identity identity) {
        return new Owner(source, process, process.uid(), cgroup, null, identity);
    }

    /** A socket whose process could not be had: its user and its group are known all the same. */
    public static Owner ofSocket(OwnerSource source, long uid, ControlGroup cgroup, NoProcess reason) {
        return new Owner(source, null, uid, cgroup, reason, Identity.UNKNOWN);
    }

    public static Owner unknown(NoProcess reason) {
        return new Owner(null, null, ProcessRecord.UNKNOWN_ID, null, reason, Identity.UNKNOWN);
    }
}
