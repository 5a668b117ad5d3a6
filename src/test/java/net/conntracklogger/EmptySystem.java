// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;

/** A system in which the service cannot start: all its directories are empty. Fails before it touches the kernel. */
final class EmptySystem {
    /** Needs procfs before anything else. */
    private static final String CONFIGURATION = "[Capture]\nNamespaces=all\n";

    private EmptySystem() {}

    static SystemRoots roots(Path directory) {
        return new SystemRoots(
                directory.resolve("proc"),
                directory.resolve("sysctls"),
                directory.resolve("netns"),
                directory.resolve("cgroup"),
                directory.resolve("journal"),
                directory.resolve("units"),
                directory.resolve("bpf.o"),
                directory.resolve("boot-time"),
                /* savesBootTime= */ false);
    }

    static Configuration configuration(Path directory) throws IOException, ConfigurationException {
        return ConfigurationReader.read(Files.writeString(directory.resolve("test.conf"), CONFIGURATION));
    }
}
