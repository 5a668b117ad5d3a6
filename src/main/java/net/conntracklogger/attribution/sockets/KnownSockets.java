// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.util.HashMap;
import java.util.Map;

/**
 * The sockets seen so far. Each has the time since which it is known to have its local port. A socket that had its port
 * before a flow began and still has it had the port in between, too. A closed socket does not come back. Times are
 * {@link System#nanoTime()}. Not thread-safe.
 */
final class KnownSockets {
    /** Capacity. Sockets beyond it count as never seen. */
    static final int CAPACITY = 65_536;

    private record Holding(long number, int port) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Holding holding && number == holding.number && port == holding.port;
        }

        @Override
        public int hashCode() {
            return 31 * Long.hashCode(number) + port;
        }
    }

    private Map<Holding, Long> firstSeen = new HashMap<>();
    private Map<Holding, Long> surveyed = new HashMap<>();

    /** Records that the kernel has just shown the socket. */
    void add(DiagSocket socket) {
        add(firstSeen, socket, System.nanoTime());
    }

    private static void add(Map<Holding, Long> sockets, DiagSocket socket, long when) {
        if (sockets.size() < CAPACITY) {
            sockets.putIfAbsent(new Holding(socket.number(), socket.port()), when);
        }
    }

    /** Reports whether the socket was seen with its port at the moment or earlier. */
    boolean seenSince(DiagSocket socket, long moment) {
        Long when = firstSeen.get(new Holding(socket.number(), socket.port()));
        return when != null && when - moment <= 0;
    }

    /** Records a socket of the current survey, which visits every socket that exists. */
    void survey(DiagSocket socket) {
        Long before = firstSeen.get(new Holding(socket.number(), socket.port()));
        add(surveyed, socket, before != null ? before : System.nanoTime());
    }

    /** Ends the survey and drops the sockets that it did not visit. */
    void endSurvey() {
        firstSeen = surveyed;
        surveyed = new HashMap<>();
    }
}
