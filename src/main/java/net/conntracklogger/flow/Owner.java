// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * The process that owns one side of a flow. Unknown values are null or {@link ProcessInfo#UNKNOWN_ID}, never a guess.
 *
 * @param source how the owner was found; null if neither process nor socket was found
 * @param process null if unknown
 * @param uid real user id of the process, else user id of the socket
 * @param cgroup cgroup of the process, else of the socket; null if unknown
 * @param reason why the process is unknown, else null
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

    /** Makes an owner of which only the socket is known. */
    public static Owner ofSocket(OwnerSource source, long uid, ControlGroup cgroup, Unattributed reason) {
        return new Owner(source, null, uid, cgroup, reason, Identity.UNKNOWN);
    }

    /** Returns roughly how many bytes of heap this holds. */
    public int retainedBytes() {
        int path = cgroup == null ? 0 : 2 * cgroup.path().length();
        if (process == null) {
            return path;
        }
        return 256
                + path
                + identity.retainedBytes()
                + (process.commandLine() == null ? 0 : process.commandLine().length())
                + (process.exe() == null ? 0 : process.exe().length())
                + (process.ancestors() == null ? 0 : process.ancestors().length());
    }

    public static Owner unknown(Unattributed reason) {
        return new Owner(null, null, ProcessInfo.UNKNOWN_ID, null, reason, Identity.UNKNOWN);
    }
}
