// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.output;

import java.time.Instant;
import java.time.ZoneId;
import java.util.Map;
import net.conntracklogger.question.TimeText;
import net.conntracklogger.terminal.Screen;
import net.conntracklogger.terminal.TerminalSize;
import picocli.CommandLine.Option;

/** The options of every command that prints results. */
public final class ResultOptions {
    /** {@code STDOUT_FILENO} of {@code unistd.h}. */
    private static final int STDOUT_FILENO = 1;

    /** The names of {@code --output}. */
    public enum Format {
        table,
        json,
        csv,
        cat
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            description = "Form of the results: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            defaultValue = "table")
    private Format format;

    @Option(names = "--no-legend", description = "Print no header.")
    private boolean noLegend;

    @Option(names = "--no-pager", description = "Do not start a pager.")
    private boolean noPager;

    @Option(names = "--full", description = "Shorten nothing, and leave out no column.")
    private boolean full;

    @Option(names = "--utc", description = "Print times in UTC.")
    private boolean utc;

    public Format format() {
        return format;
    }

    public boolean legend() {
        return !noLegend;
    }

    boolean pager() {
        return !noPager;
    }

    public boolean utc() {
        return utc;
    }

    /** Returns the reader of the user's times, in the zone in which times are printed. */
    public TimeText times(Instant now) {
        return new TimeText(now, zone());
    }

    /** Returns the zone in which times are printed. */
    public ZoneId zone() {
        return utc ? ZoneId.of("UTC") : ZoneId.systemDefault();
    }

    public Screen screen(Map<String, String> environment) {
        return Screen.of(TerminalSize.of(STDOUT_FILENO), environment, full);
    }
}
