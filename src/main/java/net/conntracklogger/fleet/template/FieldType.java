// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.template;

import static net.conntracklogger.entry.JournalField.*;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.conntracklogger.entry.JournalField;

/** How a search engine or a database stores a field of the journal. The values are those of the journal. */
public enum FieldType {
    /** An IPv4 or IPv6 address. */
    ADDRESS,
    /** Microseconds since the epoch. */
    TIME,
    /** A whole number that people compare or sum up. */
    NUMBER,
    /** One of a few values, or a name, which is searched for as a whole. */
    WORD,
    /** An id that is searched for as a whole, never sorted or grouped. */
    ID,
    /** Text of people and processes, whose words are searched for. */
    TEXT,
    /** A value that is only shown. */
    SHOWN;

    private static final Set<JournalField> ADDRESSES = EnumSet.of(FLOW_SRC, FLOW_DST, FLOW_REPLY_SRC, FLOW_REPLY_DST);

    private static final Set<JournalField> TIMES =
            EnumSet.of(FLOW_TIMESTAMP, FLOW_FIRST, FLOW_LAST, PID_START, LOST_SINCE, LOST_UNTIL, STAT_SINCE);

    private static final Set<JournalField> NUMBERS = EnumSet.of(
            FLOW_ID,
            FLOW_SPORT,
            FLOW_DPORT,
            FLOW_ICMP_TYPE,
            FLOW_ICMP_CODE,
            FLOW_ICMP_ID,
            FLOW_REPLY_SPORT,
            FLOW_REPLY_DPORT,
            FLOW_MARK,
            FLOW_ZONE,
            FLOW_ORIG_BYTES,
            FLOW_ORIG_PACKETS,
            FLOW_REPLY_BYTES,
            FLOW_REPLY_PACKETS,
            FLOW_DURATION_USEC,
            FLOW_COUNT,
            FLOW_END_COUNT,
            FLOW_DST_COUNT,
            FLOW_DPORT_COUNT,
            PRIORITY,
            PID,
            PID_UID,
            PID_GID,
            PID_EUID,
            PID_LOGINUID,
            PID_PPID,
            PID_OWNER_UID,
            PEER_PID,
            PEER_UID,
            LOST_COUNT,
            STAT_RECEIVED,
            STAT_EXCLUDED,
            STAT_AGGREGATED,
            STAT_LOGGED,
            STAT_FLOWS,
            STAT_BY_BPF,
            STAT_BY_SOCK_DIAG,
            STAT_BY_LISTENER,
            STAT_BY_PROC,
            STAT_UNATTRIBUTED,
            STAT_LOST_KERNEL,
            STAT_LOST_QUEUE,
            STAT_LOST_JOURNAL,
            STAT_LOST_DECODE,
            STAT_LOST_TABLE,
            STAT_LOST_OWNER,
            STAT_QUEUE_MOST);

    private static final Set<JournalField> IDS = EnumSet.of(FLOW_COMMUNITY_ID, FLOW_REPLY_COMMUNITY_ID);

    private static final Set<JournalField> WORDS = EnumSet.of(
            MESSAGE_ID,
            SYSLOG_IDENTIFIER,
            FLOW_EVENT,
            FLOW_REASON,
            FLOW_FAMILY,
            FLOW_PROTO,
            FLOW_DIRECTION,
            FLOW_INTERFACE,
            FLOW_SPOOFED,
            FLOW_NETNS,
            FLOW_MIDSTREAM,
            FLOW_DNAME,
            FLOW_WATCH,
            FLOW_UNEXPECTED,
            PID_USER,
            PID_COMM,
            PID_EXE,
            PID_EXE_SHA256,
            PID_CGROUP,
            PID_SERVICE,
            PID_UNIT,
            PID_USER_UNIT,
            PID_SLICE,
            PID_SESSION,
            PID_INVOCATION_ID,
            PID_CONTAINER,
            PID_MACHINE,
            PID_SOURCE,
            PID_REASON,
            PEER_COMM,
            PEER_EXE,
            PEER_SERVICE,
            LOST_WHERE);

    private static final Set<JournalField> TEXTS = EnumSet.of(PID_CMDLINE, PID_ANCESTRY, PEER_CMDLINE);

    private static final Map<FieldType, Set<JournalField>> FIELDS = Map.of(
            ADDRESS,
            ADDRESSES,
            TIME,
            TIMES,
            NUMBER,
            NUMBERS,
            ID,
            IDS,
            WORD,
            WORDS,
            TEXT,
            TEXTS,
            SHOWN,
            EnumSet.of(MESSAGE));

    /** Returns the type of a field. Each has one: what is forgotten here fails every template. */
    static FieldType of(JournalField field) {
        List<FieldType> types = Arrays.stream(values())
                .filter(type -> FIELDS.get(type).contains(field))
                .toList();
        if (types.size() != 1) {
            throw new IllegalStateException("field " + field + " has types " + types + ", not one");
        }
        return types.get(0);
    }
}
