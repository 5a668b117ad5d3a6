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
        int path = cgroup == null ? 0 : cgroup.retainedBytes();
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

    /** Returns the path of the executable; null if it is unknown. */
    public RawText exe() {
        return process == null ? null : process.exe();
    }

    /** Returns what two owners share: no process if theirs differ. Returns this if it has all of that. */
    Owner common(Owner other) {
        if (isSame(this, other) || equals(other)) {
            return this;
        }
        long user = uid == other.uid ? uid : ProcessInfo.UNKNOWN_ID;
        ControlGroup group = cgroup == null ? null : cgroup.common(other.cgroup);
        Unattributed why = reason != null && reason == other.reason ? reason : Unattributed.SEVERAL;
        if (process == null && source == null && user == uid && isSame(group, cgroup) && why == reason) {
            return this;
        }
        Identity name = user == ProcessInfo.UNKNOWN_ID ? Identity.UNKNOWN : identity.ofUser();
        return new Owner(/* source= */ null, /* process= */ null, user, group, why, name);
    }

    private static boolean isSame(Object one, Object other) {
        return one == other;
    }

    public static Owner unknown(Unattributed reason) {
        return new Owner(null, null, ProcessInfo.UNKNOWN_ID, null, reason, Identity.UNKNOWN);
    }
}
