// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A cgroup and the systemd unit that it belongs to. All components but {@code path} are null if the path does not
 * name them.
 *
 * @param path as in {@code /proc/PID/cgroup}, from the root of the hierarchy
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

    /** Returns the innermost systemd unit: the user unit if there is one, else the system unit, else null. */
    public String service() {
        return userUnit != null ? userUnit : unit;
    }
}
