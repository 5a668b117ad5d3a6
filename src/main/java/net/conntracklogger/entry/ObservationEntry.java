// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import java.util.Arrays;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PacketSocket;
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
            putHead(messageId(flow), priority(flow));
            flowFields.put(flow);
        } else if (observation instanceof FlowSummary summary) {
            message.append(fields.newText(), summary);
            putHead(MessageId.FLOW_SUMMARY, LOG_INFO);
            flowFields.put(summary);
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
            case REFUSED -> MessageId.FLOW_REFUSED;
            case PROGRESS -> MessageId.FLOW_PROGRESS;
        };
    }

    private static int priority(AttributedFlow flow) {
        if (flow.scrutiny().isAlert()) {
            return LOG_WARNING;
        }
        return flow.event().kind() == FlowEvent.Kind.REFUSED ? LOG_NOTICE : LOG_INFO;
    }

    private void putHead(MessageId id, int priority) {
        fields.putText(MESSAGE);
        fields.putWord(MESSAGE_ID, id.text());
        fields.put(PRIORITY, priority);
        fields.putWord(SYSLOG_IDENTIFIER, IDENTIFIER);
    }

    private void putNotice(Notice notice) {
        putHead(MessageId.valueOf(notice.kind().name()), priority(notice.kind()));
    }

    private static int priority(Notice.Kind kind) {
        return switch (kind) {
            case LOG_COMPLETE,
                    LOG_CONTINUED,
                    TRACKING_ENABLED,
                    TRACKING_ACTIVE,
                    CONNTRACK_SYSCTLS_SET,
                    KERNEL_ATTRIBUTION,
                    NAMES_UNKNOWN,
                    IDENTITY_COMPLETE,
                    WATCH_LIST_READ,
                    CONFIGURATION_RELOADED,
                    CONNTRACK_SYSCTLS_ON,
                    TABLE_NOT_FULL,
                    METRICS_WRITTEN,
                    ENTRIES_STORED,
                    OWNERS_FOUND -> LOG_NOTICE;
            default -> LOG_WARNING;
        };
    }

    private void putStatistics(Statistics statistics) {
        StringBuilder text = fields.newText();
        long losses =
                Arrays.stream(Loss.Place.values()).mapToLong(statistics::lost).sum();
        text.append("statistics: ").append(statistics.received()).append(" events received, ");
        text.append(statistics.excluded()).append(" excluded, ");
        text.append(statistics.aggregated()).append(" aggregated, ");
        text.append(statistics.logged()).append(" entries written, ");
        text.append(losses).append(" records lost; ");
        text.append(statistics.attributedInAll()).append(" flows attributed, ");
        text.append(statistics.unattributed()).append(" not");
        putHead(MessageId.STATISTICS, LOG_INFO);
        fields.put(STAT_SINCE, statistics.since());
        fields.put(STAT_RECEIVED, statistics.received());
        fields.put(STAT_EXCLUDED, statistics.excluded());
        fields.put(STAT_AGGREGATED, statistics.aggregated());
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
