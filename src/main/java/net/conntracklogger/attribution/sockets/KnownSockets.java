// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.HashMap;
import java.util.Map;

/**
 * Sockets that were met before, and since when each is known to have its local port. A socket that had a port before a flow
 * began and has it still had it meanwhile too: it cannot be closed and come back. Not safe for use by several threads.
 */
final class KnownSockets {
    /** More than that are not noted, and are as good as never met. */
    private static final int MOST = 65_536;

    private record Holding(long number, int port) {}

    /** To {@link System#nanoTime()}. */
    private Map<Holding, Long> since = new HashMap<>();

    private Map<Holding, Long> met = new HashMap<>();

    /** Notes a socket that the kernel just told of. */
    void meet(DiagSocket socket) {
        meet(since, socket, System.nanoTime());
    }

    private static void meet(Map<Holding, Long> sockets, DiagSocket socket, long when) {
        if (sockets.size() < MOST) {
            sockets.putIfAbsent(new Holding(socket.number(), socket.port()), when);
        }
    }

    /** Whether it is known to have had its port at this {@link System#nanoTime()}. */
    boolean hadPort(DiagSocket socket, long moment) {
        Long when = since.get(new Holding(socket.number(), socket.port()));
        return when != null && when - moment <= 0;
    }

    /** Notes a socket of a survey, in which all that are there are met. */
    void survey(DiagSocket socket) {
        Long before = since.get(new Holding(socket.number(), socket.port()));
        meet(met, socket, before != null ? before : System.nanoTime());
    }

    /** Forgets those that the survey did not meet. */
    void endSurvey() {
        since = met;
        met = new HashMap<>();
    }
}
