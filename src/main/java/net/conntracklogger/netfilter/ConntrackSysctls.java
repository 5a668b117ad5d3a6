// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Switches of connection tracking in this network namespace, which hold for flows that begin afterwards
 * ({@code Documentation/networking/nf_conntrack-sysctl.rst}). What was changed is set back at the end, unless somebody
 * else has changed it meanwhile. To write them takes CAP_NET_ADMIN, and a {@code /proc/sys} that is not read-only.
 */
public final class ConntrackSysctls implements Closeable {
    /** Whether the kernel tells of flows at all; 2: of flows that begin while somebody listens. */
    public static final String EVENTS = "nf_conntrack_events";

    /** Whether it counts bytes and packets. */
    public static final String ACCOUNTING = "nf_conntrack_acct";

    /** Whether it keeps the time at which a flow begins and ends. */
    public static final String TIMESTAMP = "nf_conntrack_timestamp";

    private static final String ON = "1";

    private final Path directory;
    private final Map<String, String> before = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /** Changes nothing yet; {@code directory} is {@code /proc/sys/net/netfilter}. */
    public ConntrackSysctls(Path directory) {
        this.directory = directory;
    }

    /**
     * Switches one on, where its value is one of these.
     *
     * @return whether it is on; where not {@link #failures} has the reason
     */
    public boolean switchOn(String name, List<String> from) {
        Path file = directory.resolve(name);
        try {
            String value = Files.readString(file).strip();
            if (from.contains(value)) {
                Files.writeString(file, ON);
                before.put(name, value);
            }
            return true;
        } catch (IOException e) {
            failures.add("cannot set " + file + " to 1: " + e);
            return false;
        }
    }

    /** What was changed, such as {@code nf_conntrack_acct=1 (was 0)}. */
    public List<String> changes() {
        List<String> changes = new ArrayList<>();
        before.forEach((name, value) -> changes.add("%s=%s (was %s)".formatted(name, ON, value)));
        return changes;
    }

    /** Why what could not be switched on is not. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() throws IOException {
        for (Map.Entry<String, String> changed : before.entrySet()) {
            Path file = directory.resolve(changed.getKey());
            if (Files.readString(file).strip().equals(ON)) {
                Files.writeString(file, changed.getValue());
            }
        }
        before.clear();
    }
}
