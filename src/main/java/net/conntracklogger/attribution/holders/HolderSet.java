// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.Ancestry;
import net.conntracklogger.process.ProcessTable;

/**
 * The processes that hold a socket, or several sockets that a flow may belong to. A service manager (systemd) holds the
 * sockets of its services only to pass them on. Its child that has not called exec for the service yet holds them for
 * the same reason.
 */
public final class HolderSet<H extends Holder> {
    private final Ancestry ancestry;
    private final ServiceManagers serviceManagers;
    private final List<H> managers = new ArrayList<>();
    private final List<H> users = new ArrayList<>();

    /** Sorts the holders into service managers and users. Drops children that still run their manager's program. */
    public HolderSet(ProcessTable processes, Collection<H> holders) {
        this(new Ancestry(processes), new ServiceManagers(processes));
        for (H holder : holders) {
            add(holder, serviceManagers.is(holder.pid(), holder.group()) ? managers : users);
        }
        users.removeIf(this::isForked);
    }

    private HolderSet(Ancestry ancestry, ServiceManagers serviceManagers) {
        this.ancestry = ancestry;
        this.serviceManagers = serviceManagers;
    }

    private static <H extends Holder> void add(H holder, List<H> list) {
        if (list.stream().noneMatch(other -> isSameProcess(other, holder))) {
            list.add(holder);
        }
    }

    /** Returns the holders of this and of another set. */
    public HolderSet<H> union(HolderSet<H> other) {
        HolderSet<H> union = new HolderSet<>(ancestry, serviceManagers);
        for (HolderSet<H> set : List.of(this, other)) {
            set.managers.forEach(holder -> add(holder, union.managers));
            set.users.forEach(holder -> add(holder, union.users));
        }
        return union;
    }

    private static boolean isSameProcess(Holder one, Holder other) {
        return one.pid() == other.pid() && one.startTicks() == other.startTicks();
    }

    private boolean isForked(H user) {
        for (H manager : managers) {
            if (serviceManagers.runsItsProgram(user.pid(), manager.pid())) {
                return true;
            }
        }
        return serviceManagers.hasForked(user.pid());
    }

    /**
     * Returns a service manager that holds the socket; empty if there is none. A manager that another manager has
     * forked does not count.
     */
    public Optional<H> manager() {
        return managers.stream()
                .filter(manager -> !serviceManagers.hasForked(manager.pid()))
                .findFirst();
    }

    public boolean isEmpty() {
        return managers.isEmpty() && users.isEmpty();
    }

    /** Reports whether only service managers hold the socket. */
    public boolean isManaged() {
        return users.isEmpty() && !managers.isEmpty();
    }

    /** Returns the users; if there are none, returns the service managers. */
    private List<H> candidates() {
        return users.isEmpty() ? managers : users;
    }

    /** Returns one of the users, or of the service managers if there is no user. The set must not be empty. */
    public H any() {
        return candidates().get(0);
    }

    /** Returns the only user; empty if there are several or none. */
    public Optional<H> only() {
        return candidates().size() == 1 ? Optional.of(any()) : Optional.empty();
    }

    /**
     * Returns the user from which all other users descend; empty if there is none. That user listened before it forked
     * the others.
     */
    public Optional<H> eldest() {
        OptionalInt eldest =
                ancestry.eldest(candidates().stream().map(Holder::pid).toList());
        return candidates().stream()
                .filter(holder -> eldest.isPresent() && holder.pid() == eldest.getAsInt())
                .findFirst();
    }

    /**
     * Returns the user id and cgroup that all users have in common. The owner has the reason why no process is named.
     * The set must not be empty.
     */
    public Owner shared(OwnerSource source) {
        ControlGroup group = any().group();
        long uid = any().uid();
        for (H other : candidates()) {
            group = Objects.equals(group, other.group()) ? group : null;
            uid = uid == other.uid() ? uid : ProcessInfo.UNKNOWN_ID;
        }
        return Owner.ofSocket(source, uid, group, Unattributed.SHARED_SOCKET);
    }
}
