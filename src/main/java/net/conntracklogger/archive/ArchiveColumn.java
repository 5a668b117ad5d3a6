// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static net.conntracklogger.entry.JournalField.*;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import net.conntracklogger.entry.JournalField;

/** A column of the archive: a typed field of the journal in lower case. */
public record ArchiveColumn(JournalField field, Type type) {
    /** The type of a column. */
    public enum Type {
        /** Text, UTF-8. Several values are separated by line feeds. */
        TEXT("VARCHAR"),
        /** A signed integer of 64 bits. */
        NUMBER("BIGINT"),
        /** Microseconds since the epoch, a timestamp in UTC. */
        TIME("BIGINT"),
        /** The first 8 bytes of a Community ID's hash. They are a signed integer of 64 bits, big-endian. */
        HASH("BIGINT");

        private final String sql;

        Type(String sql) {
            this.sql = sql;
        }

        /** Returns the type in SQL while rows gather in memory. */
        public String sql() {
            return sql;
        }
    }

    /** Fields that the others make, or that all flows share. */
    private static final Set<JournalField> NOT_OF_FLOWS = EnumSet.of(
            MESSAGE, MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, LOST_COUNT, LOST_WHERE, LOST_SINCE, LOST_UNTIL);

    /** Columns of flow events. */
    public static final List<ArchiveColumn> FLOWS = Arrays.stream(JournalField.values())
            .filter(field -> !NOT_OF_FLOWS.contains(field))
            .map(ArchiveColumn::of)
            .toList();

    /** Columns of losses, notices and entries about the service. */
    static final List<ArchiveColumn> NOTICES = Arrays.stream(JournalField.values())
            .filter(field -> !field.name().matches("(FLOW|PID|PEER)(_.*)?"))
            .map(ArchiveColumn::of)
            .toList();

    public static ArchiveColumn of(JournalField field) {
        return new ArchiveColumn(field, type(field));
    }

    private static Type type(JournalField field) {
        // Statistics stay as they stand in the journal.
        if (field.name().startsWith("STAT_")) {
            return Type.TEXT;
        }
        return switch (field.type()) {
            case TIME -> Type.TIME;
            case NUMBER -> Type.NUMBER;
            case ID -> Type.HASH;
            case ADDRESS, WORD, TEXT, SHOWN -> Type.TEXT;
        };
    }

    /** Returns the name of the column. */
    public String columnName() {
        String name = field.name().toLowerCase(Locale.ROOT);
        return type == Type.HASH ? name + "_prefix" : name;
    }

    /** Returns SQL that makes the column of the file from the value in memory. */
    public String stored() {
        return type == Type.TIME ? "make_timestamptz(" + columnName() + ") AS " + columnName() : columnName();
    }

    /** Returns SQL that reads the column as text or as a number. */
    public String read() {
        return type == Type.TIME ? "epoch_us(" + columnName() + ")" : columnName();
    }
}
