// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;

/**
 * The descriptors that systemd kept for this process (sd_listen_fds_with_names(3)). An earlier process of the service
 * had passed them to {@link DescriptorStore#keep}. Not thread-safe.
 */
public final class KeptDescriptors implements AutoCloseable {
    /** {@code SD_LISTEN_FDS_START} of {@code systemd/sd-daemon.h} */
    private static final int FIRST = 3;

    private final Map<String, FileDescriptor> left = new HashMap<>();
    private final List<FileDescriptor> repeated = new ArrayList<>();

    private KeptDescriptors() {}

    /**
     * Reads {@code LISTEN_PID}, {@code LISTEN_FDS} and {@code LISTEN_FDNAMES}. Call it once in a process, because it takes
     * the descriptors over.
     */
    public static KeptDescriptors fromEnvironment(Map<String, String> environment) {
        KeptDescriptors kept = new KeptDescriptors();
        String pid = Long.toString(ProcessHandle.current().pid());
        String count = environment.getOrDefault("LISTEN_FDS", "0");
        if (pid.equals(environment.get("LISTEN_PID")) && count.matches("\\d{1,4}")) {
            String[] names = environment.getOrDefault("LISTEN_FDNAMES", "").split(":", -1);
            for (int i = 0; i < Integer.parseInt(count); i++) {
                kept.add(i < names.length ? names[i] : "", FIRST + i);
            }
        }
        return kept;
    }

    private void add(String name, int fd) {
        LibC.ioctl(fd, LibC.FIOCLEX, null);
        FileDescriptor descriptor = new FileDescriptor(fd);
        if (left.putIfAbsent(name, descriptor) != null) {
            repeated.add(descriptor);
        }
    }

    /** Returns the names of the descriptors that were not taken yet. */
    public Set<String> names() {
        return new TreeSet<>(left.keySet());
    }

    /** Takes a descriptor; returns empty if systemd kept none of this name. The caller closes it. */
    public Optional<FileDescriptor> take(String name) {
        return Optional.ofNullable(left.remove(name));
    }

    /** Closes the descriptors that were not taken. */
    @Override
    public void close() {
        left.values().forEach(FileDescriptor::close);
        repeated.forEach(FileDescriptor::close);
    }
}
