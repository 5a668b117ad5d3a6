// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Optional;
import net.conntracklogger.capture.ExistingFlows;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.netfilter.ConntrackTable;
import net.conntracklogger.rtnetlink.NetworkNamespaces;

/**
 * Whether the log goes on where the previous process left it. It does if events waited in that process's conntrack
 * socket, and it left the events whose entries are not written. Called by thread main only.
 */
final class Continuation {
    private static final String SOCKET = "events";
    private static final String SOCKET_OF_ALL_NAMESPACES = "events-of-all-namespaces";

    private final Handover handover;
    private final String name;
    private final Optional<NetlinkSocket> socket;

    private Continuation(Handover handover, String name, Optional<NetlinkSocket> socket) {
        this.handover = handover;
        this.name = name;
        this.socket = socket;
    }

    /**
     * Takes over the conntrack socket of the previous process, if its namespaces are the same.
     *
     * @param allNamespaces whether the socket receives the events of other network namespaces
     */
    static Continuation of(Handover handover, boolean allNamespaces) {
        String name = allNamespaces ? SOCKET_OF_ALL_NAMESPACES : SOCKET;
        Optional<NetlinkSocket> socket = Optional.empty();
        try {
            if (handover.isMemoryAdopted() && handover.names().contains(name)) {
                socket = Optional.of(NetlinkSocket.adopt(
                        "conntrack events",
                        NetlinkSocket.NETLINK_NETFILTER,
                        /* hasGroups= */ true,
                        handover.take(name).orElseThrow()));
            }
        } catch (LinuxException e) {
            handover.complain(e);
        }
        Continuation continuation = new Continuation(handover, name, socket);
        if (socket.isEmpty()) {
            handover.memory().dropped().set(0);
            handover.memory().setExistingLogged(false);
        }
        return continuation;
    }

    /**
     * Reports whether this process continues the conntrack socket of the previous process. The events of all flows that
     * began since that process was started are then in the socket or kept.
     */
    boolean isContinued() {
        return socket.isPresent();
    }

    /** Reports whether no flow is missing, not even one that existed before the first process. */
    boolean isComplete() {
        return isContinued() && handover.memory().isExistingLogged();
    }

    /** Returns a {@link System#nanoTime} before which no event in the socket was sent. Called before {@link #open}. */
    long opened() {
        long now = System.nanoTime();
        return isContinued() ? Math.min(now, handover.memory().events().lastNotBefore()) : now;
    }

    /**
     * Opens the conntrack socket, or takes over that of the previous process. A new socket is left for the next
     * process.
     */
    ConntrackSocket open(Configuration configuration, boolean ends, Optional<NetworkNamespaces> namespaces)
            throws LinuxException {
        ConntrackSocket events = ConntrackSocket.open(
                socket,
                configuration.receiveBuffer(),
                ends,
                namespaces,
                handover.memory().events());
        if (socket.isEmpty()) {
            handover.replace(name, events.fd());
        }
        return events;
    }

    /**
     * Returns the existing flows, without those that the process before logged.
     *
     * @param ends whether ends are logged, with the owners that existing flows have
     * @param timed whether the kernel records when a flow begins
     */
    ExistingFlows existing(Configuration configuration, boolean ends, boolean timed, LossLedger losses) {
        Runnable logged = () -> handover.memory().setExistingLogged(true);
        if (!configuration.existing()) {
            logged.run();
        }
        ExistingFlows.Former former = ends ? ExistingFlows.Former.LOGGED_BUT_OPEN : ExistingFlows.Former.LOGGED;
        return new ExistingFlows(
                configuration.existing() ? Optional.of(ConntrackTable::open) : Optional.empty(),
                timed,
                losses,
                isContinued() ? former : ExistingFlows.Former.NOTHING,
                logged);
    }
}
