// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** An event or a message that becomes one entry of the journal. */
public sealed interface Observation permits AttributedFlow, FlowSummary, Loss, Notice, PacketSocket, Statistics {

    /** Returns roughly how many bytes of heap this holds. The result never changes. */
    int retainedBytes();
}
