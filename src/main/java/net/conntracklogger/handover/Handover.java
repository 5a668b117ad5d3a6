// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.handover;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.systemd.DescriptorStore;
import net.conntracklogger.systemd.KeptDescriptors;

/**
 * What this process got from the one before it, and leaves for the next. systemd keeps the descriptors while the
 * service restarts, and drops them when the service is stopped. Thread-safe, because the BPF programs load beside the
 * rest of the start.
 */
public final class Handover implements Closeable {
    private static final String MEMORY = "memory";

    private final KeptDescriptors kept;
    private final DescriptorStore systemd;
    private final Consumer<String> errors;
    private final HandoverMemory memory;
    private final boolean adopted;

    private Handover(
            KeptDescriptors kept,
            DescriptorStore systemd,
            Consumer<String> errors,
            HandoverMemory memory,
            boolean adopted) {
        this.kept = kept;
        this.systemd = systemd;
        this.errors = errors;
        this.memory = memory;
        this.adopted = adopted;
    }

    /**
     * Takes over what systemd kept. What cannot be used is dropped, reported to {@code errors} and made anew.
     *
     * @param environment the environment variables of sd_listen_fds(3) and sd_notify(3); empty for a program beside the service,
     *     which gets and leaves nothing
     * @param errors receives why something cannot be used
     */
    public static Handover take(Map<String, String> environment, Consumer<String> errors) throws IOException {
        KeptDescriptors kept = KeptDescriptors.fromEnvironment(environment);
        DescriptorStore systemd = DescriptorStore.fromEnvironment(environment);
        Optional<HandoverMemory> memory = kept.take(MEMORY).flatMap(descriptor -> adopt(descriptor, errors));
        Handover handover = new Handover(
                kept, systemd, errors, memory.isPresent() ? memory.get() : HandoverMemory.create(), memory.isPresent());
        if (memory.isEmpty()) {
            handover.replace(MEMORY, handover.memory.fd());
        }
        return handover;
    }

    private static Optional<HandoverMemory> adopt(FileDescriptor descriptor, Consumer<String> errors) {
        try {
            return Optional.of(HandoverMemory.adopt(descriptor));
        } catch (LinuxException e) {
            errors.accept(e.getMessage() + "; what the process before had not written is lost");
            return Optional.empty();
        }
    }

    /** Returns the memory, which outlives the process. */
    public HandoverMemory memory() {
        return memory;
    }

    /** Reports whether the memory is that of the process before. */
    public boolean isMemoryAdopted() {
        return adopted;
    }

    /** Takes a descriptor of the previous process; returns empty if there is none. The caller closes it. */
    public synchronized Optional<FileDescriptor> take(String name) {
        return kept.take(name);
    }

    /** Returns the names of the descriptors that were not taken yet. */
    public synchronized Set<String> names() {
        return kept.names();
    }

    /** Says why something of the previous process cannot be used. It is made anew. */
    public synchronized void complain(IOException failure) {
        errors.accept(failure.getMessage() + "; starting afresh");
    }

    /** Leaves a descriptor for the next process. It replaces those of this name that were left before. */
    public synchronized void replace(String name, int fd) {
        try {
            systemd.drop(name);
            systemd.keep(name, fd);
        } catch (IOException e) {
            errors.accept(e.getMessage() + "; the next restart may lose flows");
        }
    }

    /** Has systemd drop a descriptor that was taken, but cannot be used. */
    public synchronized void drop(String name) {
        try {
            systemd.drop(name);
        } catch (IOException e) {
            errors.accept(e.getMessage());
        }
    }

    /** Has systemd drop the descriptors that nobody took. Called at the end of the start. */
    public synchronized void dropRest() {
        kept.names().forEach(this::drop);
        kept.close();
    }

    @Override
    public void close() {
        kept.close();
        systemd.close();
        memory.close();
    }
}
