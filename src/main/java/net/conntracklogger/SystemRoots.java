// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.net.URISyntaxException;
import java.nio.file.Path;

/**
 * Where the system is.
 *
 * @param proc procfs
 * @param conntrackSysctls the switches of connection tracking
 * @param networkNamespaces where ip-netns(8) names them
 * @param cgroup where control groups are mounted
 * @param journalSocket where journald listens
 * @param units where systemd tells of its units
 * @param flowOwner the eBPF programs, {@code flow_owner.bpf.o}
 * @param bootNote where the service notes the time of boot
 * @param notesBoot whether this is the service, and does so
 * @param resolvedMonitor where systemd-resolved tells root what it answers
 * @param resolvedRelay where conntrack-logger-resolve.socket passes that on, if it is there
 */
public record SystemRoots(
        Path proc,
        Path conntrackSysctls,
        Path networkNamespaces,
        Path cgroup,
        Path journalSocket,
        Path units,
        Path flowOwner,
        Path bootNote,
        boolean notesBoot,
        Path resolvedMonitor,
        Path resolvedRelay) {

    private static final String RUNTIME_DIRECTORY = "/run/conntrack-logger";

    /** Those of every Linux system, for what is run beside the service. */
    public static SystemRoots ofHost() {
        return of(RUNTIME_DIRECTORY, /* notesBoot= */ false);
    }

    /** The same for the service; {@code runtimeDirectory} is what systemd gave it for that, null where it gave it none. */
    public static SystemRoots ofService(String runtimeDirectory) {
        return runtimeDirectory == null ? ofHost() : of(runtimeDirectory, /* notesBoot= */ true);
    }

    private static SystemRoots of(String runtimeDirectory, boolean notesBoot) {
        return new SystemRoots(
                Path.of("/proc"),
                Path.of("/proc/sys/net/netfilter"),
                Path.of("/run/netns"),
                Path.of("/sys/fs/cgroup"),
                Path.of("/run/systemd/journal/socket"),
                Path.of("/run/systemd/units"),
                besideTheProgram("flow_owner.bpf.o"),
                Path.of(runtimeDirectory, "boot-time"),
                notesBoot,
                Path.of("/run/systemd/resolve/io.systemd.Resolve.Monitor"),
                Path.of("/run/conntrack-logger-resolve"));
    }

    /** In the directory that holds the jar. */
    private static Path besideTheProgram(String name) {
        try {
            return Path.of(SystemRoots.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the program is in no file", e);
        }
    }
}
