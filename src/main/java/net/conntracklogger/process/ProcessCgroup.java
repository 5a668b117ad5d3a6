// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.RawText;

/** Reads {@code /proc/PID/cgroup}: lines of {@code hierarchy-ID:controller-list:cgroup-path} (cgroups(7)). */
final class ProcessCgroup {
    private ProcessCgroup() {}

    /**
     * Returns the control group of the unified hierarchy, else that of systemd's own hierarchy. Returns null if the process
     * has neither, or if its group is outside the cgroup namespace of the service.
     */
    static ControlGroup parse(byte[] content) {
        String unified = null;
        String systemd = null;
        // A character a byte: names need not be UTF-8.
        for (String line : new String(content, StandardCharsets.ISO_8859_1).split("\n")) {
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
        if (path == null || path.startsWith("/..")) {
            return null;
        }
        return UnitPath.parseDying(
                UnitPath.text(RawText.copyOf(path.getBytes(StandardCharsets.ISO_8859_1), 0, path.length())));
    }
}
