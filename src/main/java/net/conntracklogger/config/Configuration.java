// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.util.Set;
import net.conntracklogger.flow.Protocol;

/**
 * What the administrator decided.
 *
 * @param tracking who keeps connection tracking on
 * @param receiveBuffer size of the kernel's buffer for events, in bytes
 * @param queue records that may wait for the journal
 * @param protocols those to log; empty is all
 * @param commandLine whether command lines are logged
 */
public record Configuration(
        Tracking tracking, int receiveBuffer, int queue, Set<Protocol> protocols, boolean commandLine) {

    /** What holds where nothing is configured. */
    public static final Configuration DEFAULT = new Configuration(Tracking.AUTO, 64 << 20, 65_536, Set.of(), true);

    public boolean logs(Protocol protocol) {
        return protocols.isEmpty() || protocols.contains(protocol);
    }

    Configuration withTracking(Tracking value) {
        return new Configuration(value, receiveBuffer, queue, protocols, commandLine);
    }

    Configuration withReceiveBuffer(int value) {
        return new Configuration(tracking, value, queue, protocols, commandLine);
    }

    Configuration withQueue(int value) {
        return new Configuration(tracking, receiveBuffer, value, protocols, commandLine);
    }

    Configuration withProtocols(Set<Protocol> value) {
        return new Configuration(tracking, receiveBuffer, queue, value, commandLine);
    }

    Configuration withCommandLine(boolean value) {
        return new Configuration(tracking, receiveBuffer, queue, protocols, value);
    }
}
