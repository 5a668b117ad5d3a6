// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_DESCRIPTOR;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_INODE;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.OWNER_START;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.Ancestry;
import net.conntracklogger.process.BootClock;
import net.conntracklogger.process.ProcessTable;

/**
 * The processes that hold a socket, or sockets that a flow may belong to, and which of them uses it. A service manager
 * (systemd) holds the sockets of its services only to pass them on, as does a child of it that does not run its service's
 * program yet, which may be another service's.
 */
public final class HolderSet {
    /**
     * One of them.
     *
     * @param at where its record begins
     * @param startTicks when the process started, in clock ticks since boot
     * @param image counts the programs that it and its ancestors have run
     * @param inode of the socket
     */
    public record Holder(int at, int pid, long startTicks, int image, ControlGroup group, int descriptor, long inode) {
        /** The holder of a record. */
        public static Holder of(ByteBuffer bytes, int at, RecordDecoder owners) {
            int owner = at + HOLDER_OWNER;
            return new Holder(
                    at,
                    RecordDecoder.pid(bytes, owner),
                    RecordDecoder.startTicks(bytes, owner),
                    RecordDecoder.imageNumber(bytes, owner),
                    owners.group(bytes, owner),
                    bytes.getInt(at + HOLDER_DESCRIPTOR),
                    bytes.getLong(at + HOLDER_INODE));
        }

        /** Whether it is the same process, running the same program in the same control group. */
        public boolean isSameImage(Holder other) {
            return pid == other.pid
                    && startTicks == other.startTicks
                    && image == other.image
                    && Objects.equals(group, other.group);
        }
    }

    private final RecordDecoder owners;
    private final ProcessTable processes;
    private final ServiceManagers manager;
    private final ByteBuffer bytes;
    private final long from;
    private final long to;
    private final List<Holder> managers = new ArrayList<>();
    private final List<Holder> users = new ArrayList<>();

    /**
     * Of nobody yet.
     *
     * @param bytes where the records are
     * @param from they are of after this time, CLOCK_MONOTONIC in nanoseconds
     * @param to and of before this one
     */
    public HolderSet(RecordDecoder owners, ProcessTable processes, ByteBuffer bytes, long from, long to) {
        this.owners = owners;
        this.processes = processes;
        this.manager = new ServiceManagers(processes);
        this.bytes = bytes;
        this.from = from;
        this.to = to;
    }

    /** Adds the holder of a record. */
    public void add(int at) {
        Holder holder = Holder.of(bytes, at, owners);
        List<Holder> list = ServiceManagers.is(holder.group) ? managers : users;
        if (list.stream().noneMatch(other -> other.pid == holder.pid && other.startTicks == holder.startTicks)) {
            list.add(holder);
        }
    }

    /** To be called when all are added: leaves out who still runs a manager's program, or is about to end. */
    public void settle() {
        users.removeIf(this::isForked);
    }

    private boolean isForked(Holder user) {
        for (Holder other : managers) {
            if (manager.runsItsProgram(user.pid, other.pid)) {
                return true;
            }
        }
        return manager.hasForked(user.pid);
    }

    /** A service manager that holds it, and not what one forked; null where there is none. */
    public Holder manager() {
        for (Holder other : managers) {
            if (!manager.hasForked(other.pid)) {
                return other;
            }
        }
        return null;
    }

    public boolean isEmpty() {
        return managers.isEmpty() && users.isEmpty();
    }

    /** Those that use it; where nobody else holds it, the service managers. */
    private List<Holder> candidates() {
        return users.isEmpty() ? managers : users;
    }

    /** Whether nobody but service managers holds it. */
    public boolean isManaged() {
        return users.isEmpty() && !managers.isEmpty();
    }

    /** Any of those that use it. */
    public Holder any() {
        return candidates().get(0);
    }

    /** The only one that uses it; empty where there are several, or none. */
    public Optional<Holder> only() {
        return candidates().size() == 1 ? Optional.of(any()) : Optional.empty();
    }

    /** The only one that uses it, or of several the one that the others descend from: who listened before they were forked. */
    public Optional<Holder> eldest() {
        OptionalInt eldest = new Ancestry(processes)
                .eldest(candidates().stream().map(Holder::pid).toList());
        return candidates().stream()
                .filter(holder -> eldest.isPresent() && holder.pid == eldest.getAsInt())
                .findFirst();
    }

    /** When it started, of CLOCK_MONOTONIC, in nanoseconds; never too early. */
    public long since(Holder holder) throws LinuxException {
        return BootClock.nanoTime(bytes.getLong(holder.at + HOLDER_OWNER + OWNER_START));
    }

    /** What is known of one of them. */
    public Owner owner(OwnerSource source, Holder holder) throws LinuxException {
        return owners.decode(source, bytes, holder.at + HOLDER_OWNER, from, to);
    }

    /** What is known of this one; where that is none, of all that use it. */
    public Owner owner(OwnerSource source, Optional<Holder> holder) throws LinuxException {
        return holder.isPresent() ? owner(source, holder.get()) : shared(source);
    }

    /** What is known where nothing tells which of them it is: what all that use it have in common. */
    public Owner shared(OwnerSource source) {
        ControlGroup group = any().group;
        long uid = RecordDecoder.uid(bytes, any().at + HOLDER_OWNER);
        for (Holder other : candidates()) {
            group = group != null && group.equals(other.group) ? group : null;
            uid = uid == RecordDecoder.uid(bytes, other.at + HOLDER_OWNER) ? uid : ProcessInfo.UNKNOWN_ID;
        }
        return Owner.ofSocket(source, uid, group, Unattributed.SHARED_SOCKET);
    }
}
