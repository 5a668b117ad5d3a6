// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;

/**
 * Finds who opens and who holds packet sockets in the service's network namespace. The records of a BPF program show
 * who opens them. {@code /proc/net/packet} shows who holds them, also of sockets that are older than the program. Not
 * thread-safe.
 */
final class PacketSockets {
    /** Interval between two readings of {@code /proc/net/packet}. */
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Time in which a program of a unit is reported once. A DHCP client or a monitor may run again and again. */
    private static final long QUIET_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final int REMEMBERED = 1024;

    /** Finds owners of packet sockets. */
    @FunctionalInterface
    interface Source {
        /** Returns the owners of the packet sockets that were not there at the last call. */
        List<Owner> read() throws LinuxException;
    }

    /** What a user takes for the same: a program of a unit. Fields are null if unknown. */
    private record Program(RawText name, String group, long uid, Unattributed reason) {
        static Program of(Owner owner) {
            ProcessInfo process = owner.process();
            ControlGroup group = owner.cgroup();
            RawText name = process == null ? null : process.exe() == null ? process.comm() : process.exe();
            return new Program(name, group == null ? null : group.path(), owner.uid(), owner.reason());
        }
    }

    private final Optional<Source> opened;
    private final Source held;
    private final LongSupplier clock;
    /** When a program was last reported, in nanoseconds of the clock. */
    private final RecentlyUsed<Program, Long> reported = new RecentlyUsed<>(REMEMBERED);

    private long due;

    /**
     * Takes the sources.
     *
     * @param opened yields sockets as they are opened; empty if no BPF program records them
     * @param held yields sockets that are held; sees no socket that is closed within a second
     * @param clock nanoseconds, such as {@link System#nanoTime}
     */
    PacketSockets(Optional<Source> opened, Source held, LongSupplier clock) {
        this.opened = opened;
        this.held = held;
        this.clock = clock;
        this.due = clock.getAsLong();
    }

    /** Returns the sockets to report now. Called several times a second. */
    List<PacketSocket> read() throws LinuxException {
        List<PacketSocket> found = new ArrayList<>();
        if (opened.isPresent()) {
            opened.get().read().forEach(owner -> add(found, owner));
        }
        if (clock.getAsLong() - due >= 0) {
            due = clock.getAsLong() + INTERVAL_NANOS;
            for (Owner owner : held.read()) {
                boolean recorded = opened.isPresent() && owner.reason() == Unattributed.PROCESS_GONE;
                if (!recorded && owner.reason() != Unattributed.SEARCH_LIMIT) {
                    add(found, owner);
                }
            }
        }
        return found;
    }

    private void add(List<PacketSocket> found, Owner owner) {
        long now = clock.getAsLong();
        Program program = Program.of(owner);
        Long last = reported.get(program);
        if (last == null || now - last >= QUIET_NANOS) {
            reported.put(program, now);
            found.add(new PacketSocket(owner));
        }
    }
}
