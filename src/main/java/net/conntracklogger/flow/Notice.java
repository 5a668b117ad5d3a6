// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** Something that the administrator should know of the service itself. */
public record Notice(Kind kind, String text) implements Observation {

    /** What it is about. */
    public enum Kind {
        TRACKING_KEPT_ON,
        TRACKING_INACTIVE,
        TRACKING_ACTIVE
    }

    @Override
    public int weight() {
        return 128 + 2 * text.length();
    }
}
