// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Objects;

/**
 * A cgroup and the systemd unit that it belongs to. A component is null if the path does not name
 * it.
 *
 * @param path as in {@code /proc/PID/cgroup}, from the root of the hierarchy; null for several of one unit
 * @param unit the system unit, such as {@code cron.service}
 * @param userUnit the unit of a user's own service manager, such as {@code app-firefox.scope}
 * @param slice the innermost slice of the system manager, {@code -.slice} at the root
 * @param session id of the login session
 * @param ownerUid id of the user who owns the slice, -1 if the slice belongs to no user
 * @param machine name of the virtual machine or container that systemd-machined manages
 * @param container id of the container (docker, podman, containerd, cri-o) or its name (lxc)
 */
public record ControlGroup(
        String path,
        String unit,
        String userUnit,
        String slice,
        String session,
        long ownerUid,
        String machine,
        String container) {

    /** Returns the innermost systemd unit. That is the user unit if there is one, else the system unit, else null. */
    public String service() {
        return userUnit != null ? userUnit : unit;
    }

    /** Returns what two groups share; null if nothing. Returns this if it has all of that. */
    ControlGroup common(ControlGroup other) {
        if (other == null || equals(other)) {
            return other == null ? null : this;
        }
        ControlGroup both = new ControlGroup(
                common(path, other.path),
                common(unit, other.unit),
                common(userUnit, other.userUnit),
                common(slice, other.slice),
                common(session, other.session),
                ownerUid == other.ownerUid ? ownerUid : -1,
                common(machine, other.machine),
                common(container, other.container));
        return both.equals(this) ? this : both;
    }

    private static String common(String one, String other) {
        return Objects.equals(one, other) ? one : null;
    }

    /** Returns roughly how many bytes of heap this holds. */
    int retainedBytes() {
        return path == null ? 0 : 2 * path.length();
    }
}
