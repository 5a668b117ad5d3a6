// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.io.IOException;
import java.time.LocalDate;
import net.conntracklogger.history.coverage.Gap;

/** Takes what an administrator must know of the archive. */
public interface ArchiveNotices {
    /** Entries are missing from the archive, because they were deleted or damaged before. */
    void missed(Gap gap) throws IOException;

    /** The oldest days were deleted. */
    void trimmed(LocalDate first, LocalDate last, long flows) throws IOException;
}
