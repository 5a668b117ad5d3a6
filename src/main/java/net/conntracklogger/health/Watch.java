// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import net.conntracklogger.flow.Notice;

/** Watches one cause of missing flows, owners or fields, and reports changes. Called by thread main only. */
public interface Watch {
    /** Returns what the administrator has to know now; empty if nothing is new. Called about once a second. */
    Optional<Notice> check();

    /**
     * Returns what is not reported yet, without regard to intervals between reports. Called once, when no more flows are
     * attributed.
     */
    default Optional<Notice> finish() {
        return Optional.empty();
    }

    /**
     * Returns the status line's part about what is missing since the start. Returns an empty text if nothing is
     * missing.
     */
    default String status() {
        return "";
    }
}
