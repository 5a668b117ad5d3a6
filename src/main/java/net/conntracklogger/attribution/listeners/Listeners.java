// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.FLOW_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.FLOW_SEEN;
import static net.conntracklogger.attribution.records.RecordLayout.FLOW_SOCKET;
import static net.conntracklogger.attribution.records.RecordLayout.HELD;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LOCAL_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_PROTOCOL;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.attribution.FlowAttributor;
import net.conntracklogger.attribution.holders.HolderSet;
import net.conntracklogger.attribution.holders.ServiceManagers;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.attribution.records.RecordLookup;
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
 * Who holds a socket that takes in flows, at the time when one comes. The kernel noted who listens, but that one may have
 * passed the socket on and closed it or ended, as a service manager or a parent does. Remembers who it was, and each time
 * makes sure that it still is. Not safe for use by several threads.
 */
public final class Listeners implements AutoCloseable {
    private static final int REMEMBERED = 64;
    /** Descriptors of one socket, or of one port, that are looked at. */
    private static final int LARGEST = 16_384;

    /** A look at all sockets is not repeated before this, nor before it took a fifth of the time. In nanoseconds. */
    private static final long PAUSE = 10_000_000;

    private static final int PAUSE_FACTOR = 4;

    /** How long several are believed to share a socket, in nanoseconds. */
    private static final long SHARED_TIME = 1_000_000_000;

    /** Whichever program it runs. */
    private static final long ANY = -2;

    /** A socket, and who was noted as its user. */
    private record Noted(long socket, int pid, long startTicks) {}

    /** What was found out of one. */
    private static final class Look {
        /** Of whom it was last seen that it holds the socket; null: nobody. */
        HolderSet.Holder user;
        /** What follows of it; null: it is the one that was noted. */
        RecordLookup finding;
        /** Which program that one ran then, see {@link ProcessStat#stack()}: it may go on with another. */
        long stack;
        /** What follows for a flow that is older than that one: another may have come before it, for the same service. */
        RecordLookup earlier;
        /** When that one started, of CLOCK_MONOTONIC, in nanoseconds. */
        long since;
        /** Until when that is believed: of several that hold it all but one may let go of it. */
        long until;
        /** Nobody but a service manager held it: then its connections matter, and are here after the next look. */
        boolean managed;

        SocketSnapshot port;
        /** When all sockets may be looked at again. */
        long again = System.nanoTime();

        void forgetPort() {
            if (port != null) {
                port.close();
                port = null;
            }
        }
    }

    private final Optional<SocketIterator> sockets;
    private final RecordDecoder owners;
    private final ProcessTable processes;
    private final ServiceManagers manager;
    private final LocalPorts anonymous;
    private final SearchBudget budget = new SearchBudget();
    private final Map<Noted, Look> looks = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Noted, Look> eldest) {
            boolean full = size() > REMEMBERED;
            if (full) {
                eldest.getValue().forgetPort();
            }
            return full;
        }
    };

    /** Uses what it is given; {@code sockets} is empty where this kernel does not take the program. */
    public Listeners(
            Optional<SocketIterator> sockets, RecordDecoder owners, ProcessTable processes, LocalPorts anonymous) {
        this.sockets = sockets;
        this.owners = owners;
        this.processes = processes;
        this.manager = new ServiceManagers(processes);
        this.anonymous = anonymous;
    }

    /**
     * Who takes in a flow.
     *
     * @param flow a {@code struct flow}: the socket that took its first packet, and who was noted as that one's user
     * @param tuple of the flow, as the socket sees it
     * @param here whether it is a socket of this network namespace
     * @return null: who was noted
     */
    public RecordLookup acceptor(ByteBuffer flow, FlowTuple tuple, boolean here) throws LinuxException {
        Noted noted = new Noted(
                flow.getLong(FLOW_SOCKET),
                RecordDecoder.pid(flow, FLOW_OWNER),
                RecordDecoder.startTicks(flow, FLOW_OWNER));
        if (sockets.isEmpty()) {
            return isSuspect(flow) || !runs(noted.pid, noted.startTicks) ? RecordLookup.UNSETTLED : null;
        }
        Look look = looks.get(noted);
        if (look == null) {
            look = new Look();
            look.user = isSuspect(flow) ? null : find(noted.socket, noted.pid, noted.startTicks);
            looks.put(noted, look);
        }
        long now = System.nanoTime();
        boolean believed = look.finding == null || now - look.until < 0;
        if (look.user != null
                && believed
                && stillHolds(look.user, noted.socket, look.finding == null ? ANY : look.stack)) {
            return again(at(look, flow), now);
        }
        look.user = null;
        RecordLookup asked = ask(look, noted.socket, tuple, here);
        return asked == look.finding ? at(look, flow) : asked;
    }

    /** What was found of an earlier flow, as it is now. */
    private RecordLookup again(RecordLookup finding, long now) throws LinuxException {
        return finding instanceof RecordLookup.Found found
                ? new RecordLookup.Found(owners.again(found.owner(), now))
                : finding;
    }

    /** What a look leads to for this flow. */
    private static RecordLookup at(Look look, ByteBuffer flow) {
        boolean later = look.finding instanceof RecordLookup.Found && look.since > flow.getLong(FLOW_SEEN);
        return later ? look.earlier : look.finding;
    }

    /**
     * Whether who was noted need not be the one that uses the socket: one of those that held it when the programs were
     * loaded, or a service manager, or what that forked to listen.
     */
    private boolean isSuspect(ByteBuffer flow) {
        return RecordDecoder.is(HELD, flow, FLOW_OWNER)
                || ServiceManagers.is(owners.group(flow, FLOW_OWNER))
                || manager.hasForked(RecordDecoder.pid(flow, FLOW_OWNER));
    }

    /** The process's descriptor of the socket; null where it has none, or is another by now. */
    private HolderSet.Holder find(long socket, int pid, long startTicks) throws LinuxException {
        HolderSet.Holder[] found = {null};
        if (!runs(pid, startTicks)) {
            return null;
        }
        sockets.orElseThrow().run(pid, (bytes, at) -> {
            if (bytes.getLong(at + HOLDER_SOCKET) == socket
                    && RecordDecoder.startTicks(bytes, at + HOLDER_OWNER) == startTicks) {
                found[0] = HolderSet.Holder.of(bytes, at, owners);
            }
        });
        return found[0];
    }

    /** Whether it is still the same process and has the socket; a shell that redirects moves it to another descriptor. */
    private boolean stillHolds(HolderSet.Holder holder, long socket, long stack) throws LinuxException {
        ProcessStat stat = processes.stat(holder.pid());
        return stat != null
                && stat.startTicks() == holder.startTicks()
                && (stack == ANY || stat.stack() == stack)
                && (processes.holds(holder.pid(), holder.descriptor(), holder.inode())
                        || find(socket, holder.pid(), holder.startTicks()) != null);
    }

    private boolean runs(int pid, long startTicks) {
        ProcessStat stat = processes.stat(pid);
        return stat != null && stat.startTicks() == startTicks;
    }

    /** Looks at all processes, if it is time to. */
    private RecordLookup ask(Look look, long socket, FlowTuple tuple, boolean here) throws LinuxException {
        RecordLookup connection = ofConnection(look, tuple, here);
        long now = System.nanoTime();
        if (connection != null) {
            return connection;
        }
        if (now < look.again || !budget.allows()) {
            boolean soon = look.again - now <= FlowAttributor.ACCEPTOR_PATIENCE;
            RecordLookup nothing = now < look.again && soon ? RecordLookup.RETRY : RecordLookup.UNSETTLED;
            return look.finding instanceof RecordLookup.Awaited ? look.finding : nothing;
        }
        SocketSnapshot taken = take(look, socket, tuple);
        budget.spend(now);
        look.again = System.nanoTime() + Math.max(PAUSE, PAUSE_FACTOR * (System.nanoTime() - now));
        look.forgetPort();
        look.finding = decide(look, taken.holdersOf(socket), socket);
        if (!look.managed) {
            taken.close();
            return look.finding;
        }
        look.port = taken;
        connection = ofConnection(look, tuple, here);
        return connection != null ? connection : look.finding;
    }

    /** Of a socket that only a service manager holds, all sockets with its port: its connections may have gone further. */
    private SocketSnapshot take(Look look, long socket, FlowTuple tuple) throws LinuxException {
        int protocol = tuple.protocol().number();
        int port = tuple.destinationPort();
        SocketSnapshot.Filter filter = (bytes, at) -> bytes.getLong(at + HOLDER_SOCKET) == socket
                || look.managed
                        && (bytes.get(at + HOLDER_PROTOCOL) & 0xff) == protocol
                        && SocketTable.port(bytes, at + HOLDER_LOCAL_PORT) == port;
        return SocketSnapshot.take(sockets.orElseThrow(), LARGEST, filter, owners, processes, anonymous);
    }

    private RecordLookup decide(Look look, HolderSet holders, long socket) throws LinuxException {
        look.managed = holders.isManaged();
        if (holders.isEmpty()) {
            return RecordLookup.UNSETTLED;
        }
        if (look.managed) {
            HolderSet.Holder listens = holders.manager();
            return listens == null
                    ? RecordLookup.UNSETTLED
                    : new RecordLookup.Awaited(holders.owner(OwnerSource.LISTENER, listens));
        }
        Optional<HolderSet.Holder> eldest = holders.eldest();
        HolderSet.Holder user = eldest.orElseGet(holders::any);
        ProcessStat stat = processes.stat(user.pid());
        Owner owner =
                eldest.isPresent() ? holders.owner(OwnerSource.LISTENER, user) : holders.shared(OwnerSource.LISTENER);
        if (stat == null || !isSure(owner, user, socket, stat)) {
            return RecordLookup.UNSETTLED;
        }
        look.until = System.nanoTime() + (eldest.isPresent() ? Long.MAX_VALUE / 2 : SHARED_TIME);
        look.user = user;
        look.stack = stat.stack();
        look.since = holders.since(user);
        look.earlier = new RecordLookup.Found(
                Owner.ofSocket(OwnerSource.LISTENER, ProcessInfo.UNKNOWN_ID, owner.cgroup(), Unattributed.LATE));
        return new RecordLookup.Found(owner);
    }

    /** Who has the connection that was accepted, if somebody has; null where not. */
    private RecordLookup ofConnection(Look look, FlowTuple tuple, boolean here) throws LinuxException {
        if (look.port == null) {
            return null;
        }
        HolderSet holders = look.port.connectionHolders(tuple.reversed(), here);
        Optional<HolderSet.Holder> eldest =
                holders.isEmpty() || holders.isManaged() ? Optional.empty() : holders.eldest();
        if (eldest.isEmpty()) {
            return null;
        }
        HolderSet.Holder user = eldest.get();
        ProcessStat stat = processes.stat(user.pid());
        Owner owner = holders.owner(OwnerSource.BPF, user);
        long connection = look.port.socket(user);
        boolean sure = stat != null && isSure(owner, user, connection, stat);
        return sure ? new RecordLookup.Found(owner) : null;
    }

    /**
     * Whether all that was said of an owner is of one program, which holds the socket: it may have gone on with another
     * meanwhile, such as a child of a service manager with its own, and lost the socket by that.
     *
     * @param before of the time after the look at the sockets, and before this one
     */
    private boolean isSure(Owner owner, HolderSet.Holder user, long socket, ProcessStat before) throws LinuxException {
        boolean same = owner.process() == null || owner.process().comm().equals(before.comm());
        HolderSet.Holder now = same ? find(socket, user.pid(), user.startTicks()) : null;
        // While a program is being put in place, its command line is not there yet, and neither is its stack.
        ProcessStat after = now == null ? null : processes.stat(user.pid());
        return after != null && after.stack() != 0 && now.isSameImage(user) && after.isSameImage(before);
    }

    @Override
    public void close() {
        looks.values().forEach(Look::forgetPort);
    }
}
