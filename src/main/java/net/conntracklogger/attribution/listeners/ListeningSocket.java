// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LOCAL_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_PROTOCOL;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;

import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.attribution.records.RecordLookup;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.process.LocalPorts;
import net.conntracklogger.process.ProcessTable;

/** The result of the most recent search for the user of one listening socket. Not thread-safe. */
final class ListeningSocket implements AutoCloseable {
    /** Maximum number of descriptors, of one socket or of one port, that a search keeps. */
    private static final int LARGEST = 16_384;
    /** Minimum pause between two searches, in nanoseconds. Searches also take at most a fifth of the time. */
    private static final long PAUSE_NANOS = 10_000_000;

    private static final int PAUSE_FACTOR = 4;

    /** The process that most recently held the socket; null if none is known. */
    SocketHolder user;
    /** Result of the most recent search; null if the recorded process is the user. */
    RecordLookup lookup;
    /**
     * Stack of the user's program, see {@link net.conntracklogger.process.ProcessStat#stack()}. It changes with each
     * exec.
     */
    long stack;
    /**
     * The result for a flow that is older than the user. Another process of the service may have held the socket then.
     */
    RecordLookup earlier;
    /** Whether only a service manager held the socket. Then a search includes the connections of the port. */
    boolean managed;
    /** All sockets of the port; null unless {@link #managed}. */
    SocketSnapshot port;
    /** Time of CLOCK_MONOTONIC, in nanoseconds, before which no search is repeated. */
    long nextSearch = System.nanoTime();

    /** Start time of the user, nanoseconds of CLOCK_MONOTONIC. */
    private long userSince;
    /**
     * Time until which the user is believed, nanoseconds of CLOCK_MONOTONIC. All but one of several holders may close
     * the socket.
     */
    private long believedUntil;

    /** Reports whether a search found something. */
    boolean found() {
        return lookup != null;
    }

    /** Reports whether a user is known and need not be searched again. */
    boolean isBelieved(long now) {
        return user != null && (lookup == null || now - believedUntil < 0);
    }

    /** Returns the result for a flow whose record was written at this time. */
    RecordLookup lookupAt(long seen) {
        boolean later = lookup instanceof RecordLookup.Found && userSince > seen;
        return later ? earlier : lookup;
    }

    /**
     * Sets the user, which is believed for {@code lifetime} nanoseconds.
     *
     * @param since the user started at this time or before, nanoseconds of CLOCK_MONOTONIC
     */
    void use(SocketHolder holder, long itsStack, long since, long lifetime) {
        user = holder;
        stack = itsStack;
        userSince = since;
        believedUntil = System.nanoTime() + lifetime;
    }

    /**
     * Lists the holders of the socket. If a service manager holds it, lists the holders of all sockets with its port.
     */
    SocketSnapshot snapshot(
            SocketIterator sockets,
            long cookie,
            FlowTuple tuple,
            RecordDecoder decoder,
            ProcessTable processes,
            LocalPorts anonymous)
            throws LinuxException {
        int protocol = tuple.protocol().number();
        int localPort = tuple.destinationPort();
        SocketSnapshot.Filter filter = (bytes, at) -> bytes.getLong(at + HOLDER_SOCKET) == cookie
                || managed
                        && (bytes.get(at + HOLDER_PROTOCOL) & 0xff) == protocol
                        && NetworkOrder.get16(bytes, at + HOLDER_LOCAL_PORT) == localPort;
        return SocketSnapshot.take(sockets, LARGEST, filter, decoder, processes, anonymous);
    }

    /**
     * Drops the previous result and sets the time of the next search. The pause is a multiple of the time that this
     * search took.
     */
    void searched(long began) {
        long now = System.nanoTime();
        nextSearch = now + Math.max(PAUSE_NANOS, PAUSE_FACTOR * (now - began));
        close();
    }

    @Override
    public void close() {
        if (port != null) {
            port.close();
            port = null;
        }
    }
}
