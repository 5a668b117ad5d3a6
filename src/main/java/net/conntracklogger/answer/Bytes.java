// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

/** Writes numbers of bytes for people, as systemd does: {@code 512B}, {@code 4.3K}, {@code 1.0G}. */
public final class Bytes {
    /** The number is unknown. */
    public static final long UNKNOWN = -1;

    private static final String UNITS = "KMGTPE";
    private static final long STEP = 1024;

    private Bytes() {}

    /** Returns a number with a unit of powers of 1024; empty if unknown. */
    public static String text(long bytes) {
        if (bytes < 0) {
            return "";
        }
        if (bytes < STEP) {
            return bytes + "B";
        }
        int unit = 0;
        long divisor = STEP;
        while (bytes / divisor >= STEP) {
            divisor *= STEP;
            unit++;
        }
        // Divides first, so that no number overflows.
        long whole = bytes / divisor;
        long tenths = bytes % divisor / (divisor / STEP) * 10 / STEP;
        return whole + "." + tenths + UNITS.charAt(unit);
    }
}
