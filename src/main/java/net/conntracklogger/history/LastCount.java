// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.history.query.FlowRow;

/**
 * The service's count of written flows beside its log. It becomes an entry of statistics that the service could have
 * written then.
 */
final class LastCount {
    private LastCount() {}

    /**
     * Adds the count to rows of the log in its place.
     *
     * @param notices rows in the order of the log
     * @param file null: there is none
     */
    static void addTo(List<FlowRow> notices, Path file) throws IOException {
        if (file == null) {
            return;
        }
        Optional<WrittenFlows> count;
        try {
            count = WrittenFlows.parse(Files.readString(file, StandardCharsets.ISO_8859_1));
        } catch (NoSuchFileException | AccessDeniedException e) {
            return; // then the log is compared up to the last entry of statistics
        }
        if (count.isPresent()) {
            // The file is gone after a boot, and the service begins with a notice: that is of the same boot.
            FlowRow row = row(
                    count.get(),
                    notices.isEmpty() ? 0 : notices.get(notices.size() - 1).boot());
            int place = notices.size();
            while (place > 0 && isLater(notices.get(place - 1), row)) {
                place--;
            }
            notices.add(place, row);
        }
    }

    private static boolean isLater(FlowRow notice, FlowRow count) {
        return notice.boot() == count.boot() && notice.monotonic() > count.monotonic();
    }

    private static FlowRow row(WrittenFlows count, long boot) {
        FlowRow row = new FlowRow(count.time(), count.monotonic(), boot);
        row.add(JournalField.MESSAGE_ID, MessageId.STATISTICS.text());
        row.add(JournalField.STAT_SINCE, Long.toString(count.run()));
        row.add(JournalField.STAT_FLOWS, Long.toString(count.flows()));
        return row;
    }
}
