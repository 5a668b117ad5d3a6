// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.Set;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.LocalPorts;

/**
 * Meets the sockets that are there now and then, so that one which a flow may belong to can be told from one that has the port
 * only since. Not safe for use by several threads.
 */
public final class SocketSurvey implements AutoCloseable {
    private static final long NANOS_BETWEEN = 1_000_000_000;
    /** Surveys take no more than this part of the time. */
    private static final int SHARE = 50;

    private final Set<OwnerSource> layers;
    private final PortSockets ports;
    private final PingSockets pings;
    private final LocalPorts given;
    private final KnownSockets sockets = new KnownSockets();
    private final KnownSockets pingers = new KnownSockets();
    private final PingIdentifiers identifiers = new PingIdentifiers();
    private long next = System.nanoTime();

    /**
     * Uses what it is given, and leaves it open.
     *
     * @param layers which of {@code SOCK_DIAG} and {@code PROC} may be asked
     * @param given the ports that the kernel chooses from
     */
    SocketSurvey(Set<OwnerSource> layers, PortSockets ports, PingSockets pings, LocalPorts given) {
        this.layers = layers;
        this.ports = ports;
        this.pings = pings;
        this.given = given;
    }

    /** Meets the sockets that are there if it is time to. To be called over and over. */
    public void updateIfDue() throws LinuxException {
        long begin = System.nanoTime();
        if (begin - next >= 0) {
            update();
            long end = System.nanoTime();
            next = end + Math.max(NANOS_BETWEEN, SHARE * (end - begin));
        }
    }

    /** Meets the sockets that are there. */
    public void update() throws LinuxException {
        if (layers.contains(OwnerSource.SOCK_DIAG)) {
            ports.survey(this::meet);
            sockets.endSurvey();
        }
        if (layers.contains(OwnerSource.PROC)) {
            pings.survey(pingers::survey);
            pingers.endSurvey();
            identifiers.mark();
        }
    }

    private void meet(DiagSocket socket) {
        // Those that are believed anyway can be many.
        if (!socket.connected() || !given.contains(socket.port())) {
            sockets.survey(socket);
        }
    }

    /** Whether it is known to have had its port at this {@link System#nanoTime()}. At later ones it will be. */
    public boolean knew(DiagSocket socket, long moment) {
        boolean had = sockets.hadPort(socket, moment);
        sockets.meet(socket);
        return had;
    }

    /** The same of a ping socket. */
    public boolean knewPing(DiagSocket ping, long moment) {
        boolean had = pingers.hadPort(ping, moment);
        pingers.meet(ping);
        return had;
    }

    /** Whether it is the kernel that gave the ping socket its identifier, since the last survey. */
    public boolean isGivenLately(DiagSocket ping) {
        return identifiers.isGivenLately(ping.port());
    }

    @Override
    public void close() {
        identifiers.close();
    }
}
