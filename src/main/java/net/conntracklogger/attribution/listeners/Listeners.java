// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import java.util.Optional;
import net.conntracklogger.attribution.holders.HolderSet;
import net.conntracklogger.attribution.holders.ServiceManagers;
import net.conntracklogger.attribution.records.AcceptorCheck;
import net.conntracklogger.attribution.records.FlowRecord;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;
import net.conntracklogger.process.SearchBudget;

/**
 * Finds the processes that hold listening sockets when a flow arrives. The recorded listener, such as a service manager
 * or a parent, may have passed the socket on and closed it, or may have ended. Remembers the holder of each socket and
 * checks for each flow that the process still holds it. Not thread-safe.
 */
public final class Listeners implements AcceptorCheck, AutoCloseable {
    /** A host may listen on several thousand sockets; each takes several hundred bytes. */
    private static final int REMEMBERED = 4096;
    /** Time for which a socket counts as shared by several processes, in nanoseconds. */
    private static final long SHARED_NANOS = 1_000_000_000;
    /** Matches the {@link ProcessStat#stack()} of any program. */
    private static final long ANY_STACK = -2;

    /** A socket and its recorded user. */
    private record Recorded(long socket, int pid, long startTicks) {}

    private final Optional<SocketIterator> sockets;
    private final RecordDecoder decoder;
    private final ProcessTable processes;
    private final ServiceManagers serviceManagers;
    private final LocalPorts anonymous;
    private final long acceptorPatience;
    private final SearchBudget budget = new SearchBudget();
    private final RecentlyUsed<Recorded, ListeningSocket> remembered =
            new RecentlyUsed<>(REMEMBERED, ListeningSocket::close);

    /**
     * Creates the check. Does not close its arguments.
     *
     * @param sockets empty if this kernel does not load the iterator
     * @param anonymous ports that the kernel gives to sockets that request none
     * @param acceptorPatience how long the caller retries, in nanoseconds
     */
    public Listeners(
            Optional<SocketIterator> sockets,
            RecordDecoder decoder,
            ProcessTable processes,
            LocalPorts anonymous,
            long acceptorPatience) {
        this.sockets = sockets;
        this.decoder = decoder;
        this.processes = processes;
        this.serviceManagers = new ServiceManagers(processes);
        this.anonymous = anonymous;
        this.acceptorPatience = acceptorPatience;
    }

    @Override
    public RecordLookup check(FlowRecord record, FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        RecordLookup lookup = lookUp(record, tuple, hostNamespace);
        if (lookup instanceof RecordLookup.Found found) {
            return found.with(record);
        }
        if (lookup instanceof RecordLookup.Awaited awaited) {
            return new RecordLookup.Awaited(awaited.manager(), record.device());
        }
        return lookup instanceof RecordLookup.Unsettled unsettled
                ? new RecordLookup.Unsettled(unsettled.lasting(), record.socket(), record.device())
                : lookup;
    }

    private RecordLookup lookUp(FlowRecord record, FlowTuple tuple, boolean hostNamespace) throws LinuxException {
        Recorded recorded = new Recorded(
                record.socket(), record.owner().pid(), record.owner().startTicks());
        if (sockets.isEmpty()) {
            return isSuspect(record) || !runs(recorded.pid, recorded.startTicks) ? RecordLookup.UNSETTLED : null;
        }
        ListeningSocket socket = remembered.get(recorded);
        if (socket == null) {
            socket = new ListeningSocket();
            socket.user = isSuspect(record) ? null : find(recorded.socket, recorded.pid, recorded.startTicks);
            remembered.put(recorded, socket);
        }
        long now = System.nanoTime();
        if (socket.isBelieved(now)
                && stillHolds(socket.user, recorded.socket, socket.found() ? socket.stack : ANY_STACK)) {
            return refresh(socket.lookupAt(record.seen()), socket.user.startTicks(), now);
        }
        socket.user = null;
        RecordLookup lookup = search(socket, recorded.socket, tuple, hostNamespace);
        return lookup == socket.lookup ? socket.lookupAt(record.seen()) : lookup;
    }

    /** Updates an owner that was found for an earlier flow. */
    private RecordLookup refresh(RecordLookup lookup, long startTicks, long now) throws LinuxException {
        return lookup instanceof RecordLookup.Found found
                ? new RecordLookup.Found(decoder.refresh(found.owner(), startTicks, now))
                : lookup;
    }

    /**
     * Reports whether the user of the socket may be another process than the recorded one. The recorded process may be
     * one of several holders when the programs were loaded, a service manager, or a child that the manager forked to
     * listen.
     */
    private boolean isSuspect(FlowRecord record) {
        return record.owner().has(RecordLayout.HELD)
                || serviceManagers.is(record.owner().pid(), decoder.group(record.owner()))
                || serviceManagers.hasForked(record.owner().pid());
    }

    /** Returns the process's descriptor of the socket. Returns null if the process has none or has ended. */
    private SocketHolder find(long socket, int pid, long startTicks) throws LinuxException {
        SocketHolder[] found = {null};
        if (!runs(pid, startTicks)) {
            return null;
        }
        sockets.orElseThrow().run(pid, (bytes, at) -> {
            boolean same = bytes.getLong(at + RecordLayout.HOLDER_SOCKET) == socket
                    && new OwnerRecord(bytes, at + RecordLayout.HOLDER_OWNER).startTicks() == startTicks;
            found[0] = same ? SocketHolder.read(bytes, at, decoder) : found[0];
        });
        return found[0];
    }

    /**
     * Reports whether the process still has the socket. The descriptor may be another, because a shell that redirects
     * moves it.
     */
    private boolean stillHolds(SocketHolder holder, long socket, long stack) throws LinuxException {
        ProcessStat stat = processes.stat(holder.pid());
        return stat != null
                && stat.startTicks() == holder.startTicks()
                && (stack == ANY_STACK || stat.stack() == stack)
                && (processes.holds(holder.pid(), holder.descriptor(), holder.inode())
                        || find(socket, holder.pid(), holder.startTicks()) != null);
    }

    private boolean runs(int pid, long startTicks) {
        ProcessStat stat = processes.stat(pid);
        return stat != null && stat.startTicks() == startTicks;
    }

    /** Lists the holders of all sockets, unless they were listed a moment ago. */
    private RecordLookup search(ListeningSocket socket, long cookie, FlowTuple tuple, boolean hostNamespace)
            throws LinuxException {
        RecordLookup connection = ofConnection(socket, tuple, hostNamespace);
        long now = System.nanoTime();
        if (connection != null) {
            return connection;
        }
        if (now < socket.nextSearch || !budget.allows()) {
            boolean soon = socket.nextSearch - now <= acceptorPatience;
            RecordLookup nothing = now < socket.nextSearch && soon ? RecordLookup.RETRY : RecordLookup.UNSETTLED;
            return socket.lookup instanceof RecordLookup.Awaited ? socket.lookup : nothing;
        }
        SocketSnapshot snapshot = socket.snapshot(sockets.orElseThrow(), cookie, tuple, decoder, processes, anonymous);
        budget.spend(now);
        socket.searched(now);
        socket.lookup = decide(socket, snapshot, cookie);
        if (!socket.managed) {
            snapshot.close();
            return socket.lookup;
        }
        socket.port = snapshot;
        connection = ofConnection(socket, tuple, hostNamespace);
        return connection != null ? connection : socket.lookup;
    }

    private RecordLookup decide(ListeningSocket socket, SocketSnapshot snapshot, long cookie) throws LinuxException {
        HolderSet<SocketHolder> holders = snapshot.holdersOf(cookie);
        socket.managed = holders.isManaged();
        if (holders.isEmpty()) {
            return RecordLookup.UNSETTLED;
        }
        if (socket.managed) {
            Optional<SocketHolder> manager = holders.manager();
            return manager.isEmpty()
                    ? RecordLookup.UNSETTLED
                    : new RecordLookup.Awaited(snapshot.owner(OwnerSource.LISTENER, manager.get()), 0);
        }
        Optional<SocketHolder> eldest = holders.eldest();
        SocketHolder user = eldest.orElseGet(holders::any);
        ProcessStat stat = processes.stat(user.pid());
        Owner owner =
                eldest.isPresent() ? snapshot.owner(OwnerSource.LISTENER, user) : holders.shared(OwnerSource.LISTENER);
        if (stat == null || !isSure(owner, user, cookie, stat)) {
            return RecordLookup.UNSETTLED;
        }
        long since = processes.clock().nanoTime(user.start());
        socket.use(user, stat.stack(), since, eldest.isPresent() ? Long.MAX_VALUE / 2 : SHARED_NANOS);
        socket.earlier = new RecordLookup.Found(
                Owner.ofSocket(OwnerSource.LISTENER, ProcessInfo.UNKNOWN_ID, owner.cgroup(), Unattributed.LATE));
        return new RecordLookup.Found(owner);
    }

    /** Returns the holder of the accepted connection; null if there is none yet. */
    private RecordLookup ofConnection(ListeningSocket socket, FlowTuple tuple, boolean hostNamespace)
            throws LinuxException {
        if (socket.port == null) {
            return null;
        }
        HolderSet<SocketHolder> holders = socket.port.connectionHolders(tuple.reversed(), hostNamespace);
        Optional<SocketHolder> eldest = holders.isEmpty() || holders.isManaged() ? Optional.empty() : holders.eldest();
        if (eldest.isEmpty()) {
            return null;
        }
        SocketHolder user = eldest.get();
        ProcessStat stat = processes.stat(user.pid());
        Owner owner = socket.port.owner(OwnerSource.BPF, user);
        boolean sure = stat != null && isSure(owner, user, user.socket(), stat);
        return sure ? new RecordLookup.Found(owner) : null;
    }

    /**
     * Reports whether all facts about an owner come from one program. The program still holds the socket. The process,
     * such as a child of a service manager, may have called exec in between and lost the socket.
     *
     * @param before read after the sockets were listed, and before this call
     */
    private boolean isSure(Owner owner, SocketHolder user, long socket, ProcessStat before) throws LinuxException {
        boolean same = owner.process() == null || owner.process().comm().equals(before.comm());
        SocketHolder now = same ? find(socket, user.pid(), user.startTicks()) : null;
        // During exec the new program has neither its command line nor its stack yet.
        ProcessStat after = now == null ? null : processes.stat(user.pid());
        return after != null && after.stack() != 0 && now.isSameImage(user) && after.isSameImage(before);
    }

    @Override
    public void close() {
        remembered.forEachValue(ListeningSocket::close);
    }
}
