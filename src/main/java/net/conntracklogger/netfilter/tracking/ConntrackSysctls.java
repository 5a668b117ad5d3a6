// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.concurrent.Resources;

/**
 * Sysctls of connection tracking in this network namespace ({@code Documentation/networking/nf_conntrack-sysctl.rst}).
 * They apply to flows that begin afterwards. Closing restores the previous values, except of sysctls that another
 * process has changed since, or leaves them in files for another process to restore. Needs CAP_NET_ADMIN and a writable
 * {@code /proc/sys}. Not thread-safe.
 */
public final class ConntrackSysctls implements Closeable {
    /** Whether the kernel sends events. With 2 it sends only events of flows that begin while a listener exists. */
    public static final String EVENTS = "nf_conntrack_events";

    /** Whether the kernel counts bytes and packets. */
    public static final String ACCOUNTING = "nf_conntrack_acct";

    /** Whether the kernel records when a flow begins and ends. */
    public static final String TIMESTAMP = "nf_conntrack_timestamp";

    private static final String ON = "1";

    private final Path directory;
    private final Optional<Path> stored;
    private final Map<String, String> before = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    /**
     * Changes nothing yet.
     *
     * @param directory {@code /proc/sys/net/netfilter}
     * @param stored where the previous value of a sysctl is stored before it is set, in a file of that name. Closing then
     *     restores nothing. If empty, nothing is stored
     */
    public ConntrackSysctls(Path directory, Optional<Path> stored) {
        this.directory = directory;
        this.stored = stored;
    }

    /**
     * Sets a sysctl to 1 if its value is one of those given.
     *
     * @return false if the sysctl could not be read or written; {@link #failures} then has the reason
     */
    public boolean switchOn(String name, List<String> from) {
        try {
            restore(name, from);
            return true;
        } catch (IOException e) {
            failures.add(e.getMessage());
            return false;
        }
    }

    /**
     * Sets a sysctl to 1 if its value is one of those given. Closing restores the first of the values that it had.
     *
     * @return whether its value was one of those given
     * @throws IOException if the sysctl cannot be read or written; the message names it and the reason
     */
    public boolean restore(String name, List<String> from) throws IOException {
        Path file = directory.resolve(name);
        try {
            String value = Files.readString(file).strip();
            if (!from.contains(value)) {
                return false;
            }
            if (!before.containsKey(name)) {
                store(name, value);
            }
            Files.writeString(file, ON);
            before.putIfAbsent(name, value);
            return true;
        } catch (IOException e) {
            throw new IOException("cannot set " + file + " to " + ON + ": " + reason(e), e);
        }
    }

    private void store(String name, String value) throws IOException {
        if (stored.isPresent()) {
            Files.createDirectories(stored.get());
            Files.writeString(stored.get().resolve(name), value + "\n");
        }
    }

    /** Returns the reason and the remedy of an error. The message of the JDK repeats the path or is only the path. */
    private static String reason(IOException error) {
        if (error instanceof NoSuchFileException) {
            return "the kernel has no such sysctl here; is the module nf_conntrack loaded?";
        }
        if (error instanceof AccessDeniedException) {
            return "access denied; needs CAP_NET_ADMIN";
        }
        return error instanceof FileSystemException failure ? failure.getReason() : error.getMessage();
    }

    /** Returns the changes of this object, such as {@code nf_conntrack_acct=1 (was 0)}. */
    public List<String> changes() {
        List<String> changes = new ArrayList<>();
        before.forEach((name, value) -> changes.add("%s=%s (was %s)".formatted(name, ON, value)));
        return changes;
    }

    /** Returns an error message for each sysctl that could not be set. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /**
     * Restores the sysctls, even if some cannot be restored. Does nothing if called again.
     *
     * @throws IOException the first failure; those after it are suppressed in it
     */
    @Override
    public void close() throws IOException {
        Resources restored = new Resources();
        if (stored.isEmpty()) {
            before.forEach((name, value) -> restored.add(() -> restore(name, value)));
        }
        before.clear();
        restored.close();
    }

    private void restore(String name, String value) throws IOException {
        Path file = directory.resolve(name);
        try {
            if (Files.readString(file).strip().equals(ON)) {
                Files.writeString(file, value);
            }
        } catch (IOException e) {
            throw new IOException("cannot restore " + file + " to " + value + ": " + reason(e), e);
        }
    }
}
