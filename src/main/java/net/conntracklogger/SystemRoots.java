// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.nio.file.Path;

/**
 * Where the system is.
 *
 * @param proc procfs
 * @param cgroup where control groups are mounted
 * @param journalSocket where journald listens
 * @param bootNote where the time of boot is noted, null for nowhere
 */
public record SystemRoots(Path proc, Path cgroup, Path journalSocket, Path bootNote) {

    /** Those of every Linux system; {@code runtimeDirectory} is systemd's for this service, or null. */
    public static SystemRoots ofHost(String runtimeDirectory) {
        return new SystemRoots(
                Path.of("/proc"),
                Path.of("/sys/fs/cgroup"),
                Path.of("/run/systemd/journal/socket"),
                runtimeDirectory == null ? null : Path.of(runtimeDirectory, "boot-time"));
    }
}
