// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.Arrays;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.Scrutiny;
import net.conntracklogger.flow.Statistics;
import net.conntracklogger.flow.TextForm;

/** Writes observations as entries. Not thread-safe. */
public final class ObservationEntry {
    /** Priorities of syslog(3). */
    private static final int LOG_WARNING = 4;

    private static final int LOG_NOTICE = 5;
    private static final int LOG_INFO = 6;
    private static final String IDENTIFIER = "conntrack-logger";

    private final EntryWriter writer;
    private final EntryFields fields;
    private final FlowFields flowFields;
    private final FlowMessage message = new FlowMessage();

    public ObservationEntry(EntryWriter writer) {
        this.writer = writer;
        fields = new EntryFields(writer);
        flowFields = new FlowFields(fields);
    }

    /**
     * Writes one entry.
     *
     * @throws IOException if the entry is lost
     */
    public void write(Observation observation) throws IOException {
        writer.begin();
        if (observation instanceof AttributedFlow flow) {
            message.append(fields.newText(), flow);
            putHead(messageId(flow), flow.scrutiny().equals(Scrutiny.NONE) ? LOG_INFO : LOG_WARNING);
            flowFields.put(flow);
        } else if (observation instanceof Loss loss) {
            putLoss(loss);
        } else if (observation instanceof PacketSocket socket) {
            FlowMessage.append(fields.newText(), socket);
            putHead(MessageId.PACKET_SOCKET, LOG_NOTICE);
            flowFields.putOwner(socket.owner());
        } else if (observation instanceof Statistics statistics) {
            putStatistics(statistics);
        } else if (observation instanceof Notice notice) {
            TextForm.TEXT.append(fields.newText(), notice.text());
            putNotice(notice);
        }
        writer.commit();
    }

    /** Returns the id of the kind of event, unless the flow needs attention. */
    private static MessageId messageId(AttributedFlow flow) {
        if (flow.scrutiny().watch() != null) {
            return MessageId.FLOW_WATCHED;
        }
        if (flow.scrutiny().unexpected()) {
            return MessageId.FLOW_UNEXPECTED;
        }
        return switch (flow.event().kind()) {
            case NEW -> MessageId.FLOW_NEW;
            case EXISTING -> MessageId.FLOW_EXISTING;
            case END -> MessageId.FLOW_END;
        };
    }

    private void putHead(MessageId id, int priority) {
        fields.putText(MESSAGE);
        fields.putWord(MESSAGE_ID, id.text());
        fields.put(PRIORITY, priority);
        fields.putWord(SYSLOG_IDENTIFIER, IDENTIFIER);
    }

    private void putNotice(Notice notice) {
        switch (notice.kind()) {
            case LOG_COMPLETE -> putHead(MessageId.LOG_COMPLETE, LOG_NOTICE);
            case LOG_CONTINUED -> putHead(MessageId.LOG_CONTINUED, LOG_NOTICE);
            case TRACKING_ENABLED -> putHead(MessageId.TRACKING_ENABLED, LOG_NOTICE);
            case TRACKING_INACTIVE -> putHead(MessageId.TRACKING_INACTIVE, LOG_WARNING);
            case TRACKING_ACTIVE -> putHead(MessageId.TRACKING_ACTIVE, LOG_NOTICE);
            case CONNTRACK_SYSCTLS_SET -> putHead(MessageId.CONNTRACK_SYSCTLS_SET, LOG_NOTICE);
            case CONNTRACK_SYSCTLS_REFUSED -> putHead(MessageId.CONNTRACK_SYSCTLS_REFUSED, LOG_WARNING);
            case KERNEL_ATTRIBUTION -> putHead(MessageId.KERNEL_ATTRIBUTION, LOG_NOTICE);
            case KERNEL_ATTRIBUTION_REDUCED -> putHead(MessageId.KERNEL_ATTRIBUTION_REDUCED, LOG_WARNING);
            case KERNEL_RECORDS_SHORT -> putHead(MessageId.KERNEL_RECORDS_SHORT, LOG_WARNING);
            case SOCKETS_LEFT_OUT -> putHead(MessageId.SOCKETS_LEFT_OUT, LOG_WARNING);
            case NAMES_UNKNOWN -> putHead(MessageId.NAMES_UNKNOWN, LOG_NOTICE);
            case NAMES_INCOMPLETE -> putHead(MessageId.NAMES_INCOMPLETE, LOG_WARNING);
            case IDENTITY_REDUCED -> putHead(MessageId.IDENTITY_REDUCED, LOG_WARNING);
            case WORK_FAILED -> putHead(MessageId.WORK_FAILED, LOG_WARNING);
            case IDENTITY_COMPLETE -> putHead(MessageId.IDENTITY_COMPLETE, LOG_NOTICE);
            case RULE_USERS_UNKNOWN -> putHead(MessageId.RULE_USERS_UNKNOWN, LOG_WARNING);
            case WATCH_LIST_READ -> putHead(MessageId.WATCH_LIST_READ, LOG_NOTICE);
            case WATCH_LIST_FAILED -> putHead(MessageId.WATCH_LIST_FAILED, LOG_WARNING);
            case CONFIGURATION_RELOADED -> putHead(MessageId.CONFIGURATION_RELOADED, LOG_NOTICE);
            case CONFIGURATION_REFUSED -> putHead(MessageId.CONFIGURATION_REFUSED, LOG_WARNING);
            case CONNTRACK_SYSCTLS_OFF -> putHead(MessageId.CONNTRACK_SYSCTLS_OFF, LOG_WARNING);
            case CONNTRACK_SYSCTLS_ON -> putHead(MessageId.CONNTRACK_SYSCTLS_ON, LOG_NOTICE);
            case TABLE_FULL -> putHead(MessageId.TABLE_FULL, LOG_WARNING);
            case TABLE_NOT_FULL -> putHead(MessageId.TABLE_NOT_FULL, LOG_NOTICE);
            case TRACKING_REMOVED -> putHead(MessageId.TRACKING_REMOVED, LOG_WARNING);
            case METRICS_FAILED -> putHead(MessageId.METRICS_FAILED, LOG_WARNING);
            case METRICS_WRITTEN -> putHead(MessageId.METRICS_WRITTEN, LOG_NOTICE);
            case ENTRIES_DROPPED -> putHead(MessageId.ENTRIES_DROPPED, LOG_WARNING);
            case ENTRIES_STORED -> putHead(MessageId.ENTRIES_STORED, LOG_NOTICE);
            case OWNERS_MISSING -> putHead(MessageId.OWNERS_MISSING, LOG_WARNING);
            case OWNERS_FOUND -> putHead(MessageId.OWNERS_FOUND, LOG_NOTICE);
        }
    }

    private void putStatistics(Statistics statistics) {
        StringBuilder text = fields.newText();
        long losses =
                Arrays.stream(Loss.Place.values()).mapToLong(statistics::lost).sum();
        text.append("statistics: ").append(statistics.received()).append(" events received, ");
        text.append(statistics.excluded()).append(" excluded, ");
        text.append(statistics.logged()).append(" entries written, ");
        text.append(losses).append(" records lost; ");
        text.append(statistics.attributedInAll()).append(" flows attributed, ");
        text.append(statistics.unattributed()).append(" not");
        putHead(MessageId.STATISTICS, LOG_INFO);
        fields.put(STAT_SINCE, statistics.since());
        fields.put(STAT_RECEIVED, statistics.received());
        fields.put(STAT_EXCLUDED, statistics.excluded());
        fields.put(STAT_LOGGED, statistics.logged());
        fields.put(STAT_FLOWS, statistics.flows());
        statistics.attributed().forEach((source, count) -> fields.put(attributed(source), count));
        fields.put(STAT_UNATTRIBUTED, statistics.unattributed());
        fields.put(STAT_LOST_KERNEL, statistics.lost(Loss.Place.KERNEL));
        fields.put(STAT_LOST_QUEUE, statistics.lost(Loss.Place.QUEUE));
        fields.put(STAT_LOST_JOURNAL, statistics.lost(Loss.Place.JOURNAL));
        fields.put(STAT_LOST_DECODE, statistics.lost(Loss.Place.DECODE));
        fields.put(STAT_LOST_TABLE, statistics.lost(Loss.Place.TABLE));
        fields.put(STAT_LOST_OWNER, statistics.lost(Loss.Place.OWNER));
        fields.put(STAT_QUEUE_MOST, statistics.queueMost());
    }

    private static JournalField attributed(OwnerSource source) {
        return switch (source) {
            case BPF -> STAT_BY_BPF;
            case SOCK_DIAG -> STAT_BY_SOCK_DIAG;
            case LISTENER -> STAT_BY_LISTENER;
            case PROC -> STAT_BY_PROC;
        };
    }

    private static String cause(Loss loss) {
        return switch (loss.place()) {
            case KERNEL -> "the kernel's receive buffer was full";
            case QUEUE -> "the queue was full";
            case JOURNAL -> "the journal did not take them";
            case DECODE -> "the kernel's message could not be decoded";
            case DOWN -> "the service did not run";
            case OFF -> "conntrack sent no events";
            case TABLE -> "the conntrack table was full";
            case OWNER ->
                loss.count() == Loss.UNKNOWN
                        ? "BPF maps of another size, layout or namespace had the owners of flows"
                        : "owners of flows were evicted from the BPF map";
        };
    }

    /** Appends how long the interval is, in seconds. */
    private static void appendLength(StringBuilder text, Loss loss) {
        long tenths = (loss.until() - loss.since()) / 100_000;
        text.append(" for ").append(tenths / 10).append('.').append(tenths % 10).append(" s");
    }

    private void putLoss(Loss loss) {
        StringBuilder text = fields.newText();
        if (loss.count() == Loss.UNKNOWN) {
            text.append("records");
        } else {
            text.append(loss.count()).append(loss.count() == 1 ? " record" : " records");
        }
        text.append(" lost: ").append(cause(loss));
        if (loss.count() == Loss.UNKNOWN) {
            appendLength(text, loss);
        }
        putHead(MessageId.RECORDS_LOST, LOG_WARNING);
        fields.put(LOST_COUNT, loss.count(), Loss.UNKNOWN);
        fields.putWord(LOST_WHERE, loss.place().text());
        fields.put(LOST_SINCE, loss.since());
        fields.put(LOST_UNTIL, loss.until());
    }
}
