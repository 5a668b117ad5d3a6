// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import net.conntracklogger.flow.ControlGroup;

/** Reads {@code /proc/PID/cgroup}: lines of {@code hierarchy-ID:controller-list:cgroup-path} (cgroups(7)). */
final class ProcessCgroup {
    private ProcessCgroup() {}

    /**
     * Returns the control group of the unified hierarchy, else that of systemd's own hierarchy. Returns null if the process
     * has neither, or if its group is outside the cgroup namespace of the service.
     */
    static ControlGroup parse(String text) {
        String unified = null;
        String systemd = null;
        for (String line : text.split("\n")) {
            // The path may hold colons.
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (line.startsWith("0::")) {
                unified = parts[2];
            } else if (parts[1].equals("name=systemd")) {
                systemd = parts[2];
            }
        }
        // A host with the old hierarchies may have the unified one too, with every process in its root.
        boolean useless = unified == null || unified.equals("/") && systemd != null;
        String path = useless ? systemd : unified;
        return path == null || path.startsWith("/..") ? null : UnitPath.parse(path);
    }
}
