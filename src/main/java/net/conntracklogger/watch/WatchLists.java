// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;

/** Watch lists in the order of the configuration. Immutable. */
public record WatchLists(List<Named> lists) {
    /** Maximum number of entries of all lists together. */
    public static final int MOST_ENTRIES = 1_000_000;

    /** No lists. */
    public static final WatchLists NONE = new WatchLists(List.of());

    /** A list with its name, the value of FLOW_WATCH. */
    public record Named(String name, WatchList list) {}

    public WatchLists {
        lists = List.copyOf(lists);
    }

    /**
     * Returns the name of the first list that the flow matches; null if none. A list has an address or a name of the
     * flow.
     */
    public String match(AttributedFlow flow) {
        for (int i = 0; i < lists.size(); i++) {
            WatchList list = lists.get(i).list();
            if (list.matches(flow.event()) || matches(list, flow)) {
                return lists.get(i).name();
            }
        }
        return null;
    }

    private static boolean matches(WatchList list, AttributedFlow flow) {
        for (int i = 0; i < flow.names().size(); i++) {
            if (list.contains(flow.names().get(i).text())) {
                return true;
            }
        }
        return false;
    }

    /** Reports whether the flow can match before it is attributed. An address of it does, or its name may. */
    boolean mayMatch(FlowEvent event) {
        for (int i = 0; i < lists.size(); i++) {
            if (lists.get(i).list().hasNames() || lists.get(i).list().matches(event)) {
                return true;
            }
        }
        return false;
    }
}
