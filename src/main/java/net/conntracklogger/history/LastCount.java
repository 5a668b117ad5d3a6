// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.history.query.FlowRow;

/** The service's count of written flows beside its log. */
record LastCount(WrittenFlows count) {
    /**
     * Reads a file with the count.
     *
     * @param file null: there is none
     */
    static Optional<LastCount> in(Path file) throws IOException {
        if (file == null) {
            return Optional.empty();
        }
        try {
            return WrittenFlows.parse(Files.readString(file, StandardCharsets.ISO_8859_1))
                    .map(LastCount::new);
        } catch (NoSuchFileException | AccessDeniedException e) {
            return Optional.empty(); // then the log is compared up to the last entry of statistics
        }
    }

    /** Returns the count as an entry of statistics that the service could have written then. */
    FlowRow row(long boot) {
        FlowRow row = new FlowRow(count.time(), count.monotonic(), boot);
        row.add(JournalField.MESSAGE_ID, MessageId.STATISTICS.text());
        row.add(JournalField.STAT_SINCE, Long.toString(count.run()));
        row.add(JournalField.STAT_FLOWS, Long.toString(count.flows()));
        return row;
    }
}
