// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** The direction of a flow, seen from this host. */
public enum Direction {
    OUTBOUND("outbound", "out"),
    INBOUND("inbound", "in"),
    /** Initiator and acceptor are on this host. */
    LOCAL("local", "local"),
    /** Neither side is on this host. */
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

    /** Returns the value of FLOW_DIRECTION. */
    public String text() {
        return text;
    }

    /** Returns the word in MESSAGE. */
    public String brief() {
        return brief;
    }
}
