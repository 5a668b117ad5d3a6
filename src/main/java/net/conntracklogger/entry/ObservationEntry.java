// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
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
            putHead(messageId(flow.event().kind()), LOG_INFO);
            flowFields.put(flow);
        } else if (observation instanceof Loss loss) {
            putLoss(loss);
        } else if (observation instanceof Notice notice) {
            TextForm.TEXT.append(fields.newText(), notice.text());
            putNotice(notice);
        }
        writer.commit();
    }

    private static MessageId messageId(FlowEvent.Kind kind) {
        return switch (kind) {
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
        }
    }

    private void putLoss(Loss loss) {
        StringBuilder text = fields.newText();
        text.append(loss.count()).append(loss.count() == 1 ? " record" : " records");
        text.append(
                switch (loss.place()) {
                    case KERNEL -> " lost: the kernel's receive buffer was full";
                    case QUEUE -> " lost: the queue was full";
                    case JOURNAL -> " lost: the journal did not take them";
                    case DECODE -> " lost: the kernel's message could not be decoded";
                });
        putHead(MessageId.RECORDS_LOST, LOG_WARNING);
        fields.put(LOST_COUNT, loss.count());
        fields.putWord(LOST_WHERE, loss.place().text());
        fields.put(LOST_SINCE, loss.since());
        fields.put(LOST_UNTIL, loss.until());
    }
}
