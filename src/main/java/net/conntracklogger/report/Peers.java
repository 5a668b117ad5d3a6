// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.report;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import net.conntracklogger.entry.JournalField;

/**
 * Flows by their far side. That is the source of an inbound flow, and the destination of any other.
 *
 * @param destinations flows that are not inbound
 * @param sources flows that are inbound
 */
record Peers(Groups destinations, Groups sources) {
    private static final String INBOUND = "inbound";

    /** Returns the flows of two groupings, both of all flows. */
    static Peers of(Groups byDestination, Groups bySource) {
        return new Peers(
                byDestination.where(FLOW_DIRECTION, direction -> !INBOUND.equals(direction)),
                bySource.where(FLOW_DIRECTION, INBOUND::equals));
    }

    /** Returns the groups in which a value meets a condition. The value is null if it is unknown. */
    Peers where(JournalField field, Predicate<String> condition) {
        return new Peers(destinations.where(field, condition), sources.where(field, condition));
    }

    /** Returns the groups of flows. */
    Peers flowsOnly() {
        return new Peers(destinations.flowsOnly(), sources.flowsOnly());
    }

    /** Returns the number of flows whose peer is not counted by itself. */
    long others() {
        return destinations.others(FLOW_DST) + sources.others(FLOW_SRC);
    }

    /** Returns a share for each group, with the values of some fields as its key. FLOW_DST stands for the address of the peer. */
    List<Share> shares(JournalField... by) {
        JournalField[] ofSources = by.clone();
        for (int i = 0; i < by.length; i++) {
            ofSources[i] = by[i] == FLOW_DST ? FLOW_SRC : by[i];
        }
        List<Share> shares = new ArrayList<>(destinations.shares(by));
        shares.addAll(sources.shares(ofSources));
        return shares;
    }
}
