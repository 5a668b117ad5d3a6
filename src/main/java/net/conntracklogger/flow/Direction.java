// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** Where a flow runs, seen from this host. */
public enum Direction {
    OUTBOUND("outbound", "out"),
    INBOUND("inbound", "in"),
    /** Both ends on this host. */
    LOCAL("local", "local"),
    FORWARDED("forwarded", "forwarded");

    private final String text;
    private final String brief;

    Direction(String text, String brief) {
        this.text = text;
        this.brief = brief;
    }

    public static Direction of(boolean sourceIsLocal, boolean destinationIsLocal) {
        if (sourceIsLocal) {
            return destinationIsLocal ? LOCAL : OUTBOUND;
        }
        return destinationIsLocal ? INBOUND : FORWARDED;
    }

    public String text() {
        return text;
    }

    /** A word for a line that people read. */
    public String brief() {
        return brief;
    }
}
