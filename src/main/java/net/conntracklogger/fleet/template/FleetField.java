// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.conntracklogger.entry.FieldType;
import net.conntracklogger.entry.JournalField;

/**
 * A field of an entry that leaves its host. It is one of the service, or one of journald that says where and when.
 *
 * @param name the name in the journal, also that in the index
 */
public record FleetField(String name, FieldType type) {
    /** The host's id, machine-id(5). */
    public static final String MACHINE = "_MACHINE_ID";

    /** The host's name. */
    public static final String HOST = "_HOSTNAME";

    /** The boot in which the entry was written. */
    public static final String BOOT = "_BOOT_ID";

    /** When journald received the entry, in microseconds since the epoch. */
    public static final String TIME = "__REALTIME_TIMESTAMP";

    /** The unit that wrote the entry. Only journald sets the field, so no other process can pass for the service. */
    public static final String WRITER = "_SYSTEMD_UNIT";

    /** The unit that an entry of the service manager is about. */
    public static final String UNIT = "UNIT";

    private static final List<FleetField> OF_JOURNALD = List.of(
            new FleetField(MACHINE, FieldType.WORD),
            new FleetField(BOOT, FieldType.WORD),
            new FleetField(HOST, FieldType.WORD),
            new FleetField(TIME, FieldType.TIME),
            new FleetField(WRITER, FieldType.WORD),
            new FleetField(UNIT, FieldType.WORD));

    /** All fields: those of journald, and those of the service. */
    public static final List<FleetField> ALL = all();

    private static List<FleetField> all() {
        List<FleetField> all = new ArrayList<>(OF_JOURNALD);
        Arrays.stream(JournalField.values()).map(FleetField::of).forEach(all::add);
        return List.copyOf(all);
    }

    private static FleetField of(JournalField field) {
        return new FleetField(field.name(), field.type());
    }
}
