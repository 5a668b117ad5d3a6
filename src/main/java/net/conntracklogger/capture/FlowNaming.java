// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.names.NameSource;

/** Adds destination names to new and refused flows that are outbound or forwarded. */
public final class FlowNaming {
    private final NameSource names;

    public FlowNaming(NameSource names) {
        this.names = names;
    }

    /** Returns the flow with the names of its destination, or unchanged if there are none. */
    AttributedFlow name(AttributedFlow flow) {
        if (!isNamed(flow)) {
            return flow;
        }
        FlowEvent event = flow.event();
        List<DestinationName> found = names.of(event.original().destination(), event.timestamp());
        return found.isEmpty() ? flow : flow.withNames(found);
    }

    /**
     * Reports whether destination names apply to the flow. In another network namespace the same address can belong to
     * another host.
     */
    private static boolean isNamed(AttributedFlow flow) {
        FlowEvent.Kind kind = flow.event().kind();
        return (kind == FlowEvent.Kind.NEW || kind == FlowEvent.Kind.REFUSED)
                && flow.event().namespace() == null
                && (flow.direction() == Direction.OUTBOUND || flow.direction() == Direction.FORWARDED);
    }
}
