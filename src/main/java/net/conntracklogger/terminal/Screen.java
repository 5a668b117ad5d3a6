// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.util.Map;
import java.util.Optional;

/**
 * Where results are shown.
 *
 * @param width columns; {@link #UNLIMITED}: nothing is left out or shortened
 * @param height lines; {@link #UNLIMITED}: no terminal
 * @param colour whether styles are shown
 */
public record Screen(int width, int height, boolean colour) {
    /** No limit: a pipe, or {@code --full}. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Columns of a terminal that does not say how many it has. */
    private static final int USUAL_WIDTH = 80;

    /**
     * Returns the screen of a process.
     *
     * @param size of the terminal; empty if standard output is none
     * @param environment the environment variables: NO_COLOR and SYSTEMD_COLORS, TERM, COLUMNS
     * @param full whether nothing may be shortened
     */
    public static Screen of(Optional<TerminalSize> size, Map<String, String> environment, boolean full) {
        boolean colour = colour(size.isPresent(), environment);
        String columns = environment.getOrDefault("COLUMNS", "");
        int width = UNLIMITED;
        if (columns.matches("[1-9]\\d{0,4}")) {
            width = Integer.parseInt(columns);
        } else if (size.isPresent()) {
            width = size.get().columns() > 0 ? size.get().columns() : USUAL_WIDTH;
        }
        int height = size.map(TerminalSize::lines).filter(lines -> lines > 0).orElse(UNLIMITED);
        return new Screen(full ? UNLIMITED : width, height, colour);
    }

    private static boolean colour(boolean terminal, Map<String, String> environment) {
        String wanted = environment.get("SYSTEMD_COLORS");
        if (wanted != null) {
            // systemd takes a boolean, or the number of colours.
            return !wanted.matches("(?i)0|no|n|false|f|off");
        }
        // no-color.org: any value but the empty one.
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.getOrDefault("TERM", "dumb"));
    }
}
