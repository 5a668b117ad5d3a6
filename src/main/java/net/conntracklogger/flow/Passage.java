// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Objects;

/**
 * How the first packet of a flow left or entered the host. A BPF program recorded it.
 *
 * @param device name of the interface; null if unknown
 * @param spoofed whether a socket of the host sent the packet from an address that the host does not have
 * @param obstacle why the packet did not leave; null unless the flow was refused
 */
public record Passage(String device, boolean spoofed, Obstacle obstacle) {
    /** No program recorded the packet. */
    public static final Passage UNKNOWN = new Passage(null, false);

    /** Creates the passage of a packet that left or entered. */
    public Passage(String device, boolean spoofed) {
        this(device, spoofed, null);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Passage passage
                && spoofed == passage.spoofed
                && obstacle == passage.obstacle
                && Objects.equals(device, passage.device);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Objects.hashCode(device) + Boolean.hashCode(spoofed)) + Objects.hashCode(obstacle);
    }
}
