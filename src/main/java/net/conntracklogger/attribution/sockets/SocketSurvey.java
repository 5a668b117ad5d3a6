// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.Set;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.LocalPorts;

/**
 * Records from time to time which sockets exist. A socket recorded before a flow began can own the flow; a socket that got its
 * port later cannot. Times are {@link System#nanoTime()}. Not thread-safe.
 */
public final class SocketSurvey implements AutoCloseable {
    private static final long MIN_INTERVAL_NANOS = 1_000_000_000;
    /** Minimum ratio of the interval to the duration of the last survey. Surveys take at most 2 % of the time. */
    private static final int INTERVAL_PER_DURATION = 50;

    private final Set<OwnerSource> layers;
    private final PortSockets ports;
    private final PingSockets pings;
    private final LocalPorts ephemeral;
    private final KnownSockets sockets = new KnownSockets();
    private final KnownSockets pingSockets = new KnownSockets();
    private final PingIdentifiers identifiers = new PingIdentifiers();
    private long due = System.nanoTime();

    /**
     * Does not close its arguments.
     *
     * @param layers the layers in use; without {@code SOCK_DIAG} or {@code PROC} their sockets are not recorded
     * @param ephemeral the local ports that the kernel chooses from
     */
    SocketSurvey(Set<OwnerSource> layers, PortSockets ports, PingSockets pings, LocalPorts ephemeral) {
        this.layers = layers;
        this.ports = ports;
        this.pings = pings;
        this.ephemeral = ephemeral;
    }

    /** Records the sockets that exist if a survey is due. */
    public void updateIfDue() throws LinuxException {
        long begin = System.nanoTime();
        if (begin - due >= 0) {
            try {
                update();
            } finally {
                long end = System.nanoTime();
                due = end + Math.max(MIN_INTERVAL_NANOS, INTERVAL_PER_DURATION * (end - begin));
            }
        }
    }

    /** Records the sockets that exist now. */
    public void update() throws LinuxException {
        if (layers.contains(OwnerSource.SOCK_DIAG)) {
            ports.survey(this::record);
            sockets.endSurvey();
        }
        if (layers.contains(OwnerSource.PROC)) {
            pings.survey(pingSockets::survey);
            pingSockets.endSurvey();
            identifiers.mark();
        }
    }

    private void record(DiagSocket socket) {
        // Skips connected sockets on ephemeral ports. They are attributed without a survey, and there can be many of
        // them.
        if (!socket.connected() || !ephemeral.contains(socket.port())) {
            sockets.survey(socket);
        }
    }

    /** Reports whether the socket was seen with its port at the moment or earlier. Records it for later moments. */
    boolean seenSince(DiagSocket socket, long moment) {
        return seenSince(sockets, socket, moment);
    }

    /** Reports whether the ping socket was seen with its identifier by the moment. Records it for later moments. */
    boolean pingSeenSince(DiagSocket ping, long moment) {
        return seenSince(pingSockets, ping, moment);
    }

    private static boolean seenSince(KnownSockets known, DiagSocket socket, long moment) {
        boolean seen = known.seenSince(socket, moment);
        known.add(socket);
        return seen;
    }

    /** Reports whether the kernel has assigned the ping socket's identifier since the last survey. */
    boolean assignedSinceSurvey(DiagSocket ping) {
        return identifiers.assignedSinceMark(ping.port());
    }

    @Override
    public void close() {
        identifiers.close();
    }
}
