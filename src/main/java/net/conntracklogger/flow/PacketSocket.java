// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A packet socket (packet(7)) that a process opened or holds. Packets that it sends pass below conntrack.
 *
 * @param owner the process, or the reason why it is unknown
 */
public record PacketSocket(Owner owner) implements Observation {
    @Override
    public int retainedBytes() {
        return 64 + owner.retainedBytes();
    }
}
