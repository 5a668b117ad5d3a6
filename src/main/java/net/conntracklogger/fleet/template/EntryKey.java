// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import static net.conntracklogger.entry.JournalField.*;

import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.entry.JournalField;

/**
 * The fields whose values make the key of an entry. A shipper sends an entry again if it does not know whether the first copy
 * arrived; by the key the cluster takes it once.
 *
 * @param names fields in the order of the key
 */
record EntryKey(List<String> names) {
    /** Maximum length of the one part that is a name. So a key is shorter than the 512 bytes of an index's. */
    static final int LONGEST_NAMESPACE = 128;

    /** Of the begin or the end of a flow whose time is known. There is one entry of each. */
    static final EntryKey OF_FLOW =
            of(FleetField.MACHINE, FleetField.BOOT).and(FLOW_NETNS, FLOW_ID, FLOW_TIMESTAMP, FLOW_EVENT);

    /** Of every other entry. An existing flow is logged again by each start of the service. */
    static final EntryKey OF_MOMENT = of(FleetField.MACHINE, FleetField.BOOT, FleetField.TIME)
            .and(MESSAGE_ID, FLOW_NETNS, FLOW_ID, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT, LOST_WHERE);

    EntryKey {
        names = List.copyOf(names);
    }

    private static EntryKey of(String... names) {
        return new EntryKey(List.of(names));
    }

    private EntryKey and(JournalField... fields) {
        List<String> all = new ArrayList<>(names);
        for (JournalField field : fields) {
            all.add(field.name());
        }
        return new EntryKey(all);
    }
}
