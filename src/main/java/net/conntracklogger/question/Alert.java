// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import net.conntracklogger.flow.FlowTuple;

/**
 * What a sensor says about a flow.
 *
 * @param label what it calls it: the signature of an alert, the type of another event, or the service of a connection
 * @param tuple either direction of the flow, before or after translation
 * @param time when the sensor saw it, microseconds since the epoch
 * @param start when the sensor saw the first packet, microseconds since the epoch; {@link #UNKNOWN_START} if it does not say
 */
public record Alert(String label, FlowTuple tuple, long time, long start) {
    /** The sensor does not say when the flow began. */
    public static final long UNKNOWN_START = 0;

    /** Reports whether the sensor says when the flow began. */
    public boolean hasStart() {
        return start != UNKNOWN_START;
    }
}
