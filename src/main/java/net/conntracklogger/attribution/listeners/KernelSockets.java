// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import com.sun.jna.Pointer;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.process.SearchBudget;

/**
 * Recognises UDP sockets that the kernel itself created. Tunnels such as VXLAN and WireGuard use them, and no process
 * holds them. Uses the BPF iterator {@code kernel_sockets}. Not thread-safe.
 */
public final class KernelSockets {
    private static final int REMEMBERED = 4096;

    private final SocketIterator sockets;
    private final SearchBudget budget = new SearchBudget();
    /** Whether a socket is the kernel's, which never changes, by its cookie. */
    private final RecentlyUsed<Long, Boolean> known = new RecentlyUsed<>(REMEMBERED);

    /** @param program belongs to a {@link net.conntracklogger.attribution.programs.ProgramSet}, which must outlive this */
    public KernelSockets(Pointer program) {
        sockets = new SocketIterator(program, "kernel_sockets", Long.BYTES);
    }

    /**
     * Reports whether a UDP socket is the kernel's. Returns false if that is unknown because too many sockets were asked for.
     *
     * @param socket cookie of a socket that exists ({@code SO_COOKIE}, socket(7))
     */
    public boolean contains(long socket) throws LinuxException {
        Boolean answer = known.get(socket);
        if (answer == null && budget.allows()) {
            long now = System.nanoTime();
            sockets.run(SocketIterator.ALL, (bytes, at) -> known.put(bytes.getLong(at), true));
            budget.spend(now);
            answer = known.computeIfAbsent(socket, it -> false);
        }
        return answer != null && answer;
    }
}
