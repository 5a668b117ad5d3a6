// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The places of the system that the service uses. Tests give others.
 *
 * @param proc procfs
 * @param conntrackSysctls directory of the conntrack sysctls
 * @param networkNamespaces directory in which ip-netns(8) names network namespaces
 * @param cgroup mount point of cgroups
 * @param journalSocket socket on which journald receives entries
 * @param units directory in which systemd publishes the invocations of units
 * @param bpfObject object file of the BPF programs
 * @param bootTime file in which the service keeps the time of boot
 * @param savesBootTime whether this is the service, which writes that file
 */
public record SystemRoots(
        Path proc,
        Path conntrackSysctls,
        Path networkNamespaces,
        Path cgroup,
        Path journalSocket,
        Path units,
        Path bpfObject,
        Path bootTime,
        boolean savesBootTime) {

    private static final String RUNTIME_DIRECTORY = "/run/conntrack-logger";

    /** Returns the places of every Linux system, for a program that runs beside the service. */
    public static SystemRoots ofHost() {
        return of(RUNTIME_DIRECTORY, /* savesBootTime= */ false);
    }

    /**
     * Returns the places for the service.
     *
     * @param runtimeDirectory the directory that systemd gave the service (RuntimeDirectory=); null if it gave none
     */
    public static SystemRoots ofService(String runtimeDirectory) {
        return runtimeDirectory == null ? ofHost() : of(runtimeDirectory, /* savesBootTime= */ true);
    }

    /** Returns the file that keeps the time until which the log is complete. Empty for a program beside the service. */
    Optional<Path> signOfLife() {
        return savesBootTime ? Optional.of(bootTime.resolveSibling("complete-until")) : Optional.empty();
    }

    /**
     * Returns the directory in which the service stores the former values of sysctls. conntrack-logger-sysctls.service
     * restores them. Empty for a program that runs beside the service, which restores them itself.
     */
    Optional<Path> formerSysctls() {
        return savesBootTime ? Optional.of(bootTime.resolveSibling("sysctls")) : Optional.empty();
    }

    private static SystemRoots of(String runtimeDirectory, boolean savesBootTime) {
        return new SystemRoots(
                Path.of("/proc"),
                Path.of("/proc/sys/net/netfilter"),
                Path.of("/run/netns"),
                Path.of("/sys/fs/cgroup"),
                Path.of("/run/systemd/journal/socket"),
                Path.of("/run/systemd/units"),
                besideTheJar(bpfObject(System.getProperty("os.version"))),
                Path.of(runtimeDirectory, "boot-time"),
                savesBootTime);
    }

    /**
     * Returns the name of the object file of the BPF programs for a kernel.
     *
     * @param release of the kernel, such as 6.1.0-56-amd64: {@code utsname.release} of uname(2)
     */
    static String bpfObject(String release) {
        return release.matches("6\\.1\\b.*") ? "flow_owner_6.1.bpf.o" : "flow_owner.bpf.o";
    }

    /** Returns the file that requests a run of the archive. Empty unless this is the service. */
    Optional<Path> archiveRequest() {
        return savesBootTime ? Optional.of(bootTime.resolveSibling("archive-request")) : Optional.empty();
    }

    /** Returns the directory of the archive. */
    Path archive() {
        return Path.of("/var/lib/conntrack-logger/archive");
    }

    /** Returns the file with the count of written flows; empty unless this is the service. */
    Optional<Path> writtenFlows() {
        return savesBootTime ? Optional.of(bootTime.resolveSibling("written-flows")) : Optional.empty();
    }

    /** Returns the path of a file in the directory of the program's jar. */
    private static Path besideTheJar(String name) {
        try {
            return Path.of(SystemRoots.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling(name);
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the program is not in a file", e);
        }
    }
}
