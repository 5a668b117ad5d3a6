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

    /** Returns the part of the status line that says what is missing since the start; empty if nothing is. */
    default String status() {
        return "";
    }
}
