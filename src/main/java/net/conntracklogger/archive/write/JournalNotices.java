// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import net.conntracklogger.entry.EntryWriter;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.history.coverage.Gap;

/** Writes what an administrator must know of the archive as entries. Not thread-safe. */
public final class JournalNotices implements ArchiveNotices {
    /** Priorities of syslog(3). */
    private static final int LOG_WARNING = 4;

    private static final int LOG_NOTICE = 5;

    private final EntryWriter writer;

    public JournalNotices(EntryWriter writer) {
        this.writer = writer;
    }

    @Override
    public void missed(Gap gap) throws IOException {
        String cause = gap.detail().isEmpty() ? "journald deleted them" : gap.detail() + " is damaged";
        begin(
                MessageId.ARCHIVE_GAP,
                LOG_WARNING,
                "archive incomplete from %s to %s: %s; raise SystemMaxUse= of journald if this repeats"
                        .formatted(time(gap.since()), time(gap.until()), cause));
        writer.put(JournalField.LOST_SINCE, gap.since());
        writer.put(JournalField.LOST_UNTIL, gap.until());
        write();
    }

    @Override
    public void trimmed(LocalDate first, LocalDate last, long flows) throws IOException {
        String days = first.equals(last) ? "%s".formatted(first) : "%s to %s".formatted(first, last);
        begin(
                MessageId.ARCHIVE_TRIMMED,
                LOG_NOTICE,
                "archive: %d flows of %s deleted; raise Keep= and MaxUse= to keep more".formatted(flows, days));
        write();
    }

    private void begin(MessageId id, int priority, String message) throws IOException {
        writer.begin();
        writer.put(JournalField.MESSAGE, message);
        writer.put(JournalField.MESSAGE_ID, id.text());
        writer.put(JournalField.PRIORITY, priority);
        writer.put(JournalField.SYSLOG_IDENTIFIER, "conntrack-logger");
    }

    /** Ends the entry and sends it, because the output may hold entries back. */
    private void write() throws IOException {
        writer.commit();
        if (!writer.flush()) {
            throw new IOException("cannot write to the journal; start systemd-journald", writer.trouble());
        }
    }

    private static Instant time(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).truncatedTo(ChronoUnit.SECONDS);
    }
}
