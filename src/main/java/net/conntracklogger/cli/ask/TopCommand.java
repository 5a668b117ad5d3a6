// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.Daemon;
import net.conntracklogger.answer.Moments;
import net.conntracklogger.cli.output.ResultOptions;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.history.WholeLog;
import net.conntracklogger.history.query.FlowFeed;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.question.Durations;
import net.conntracklogger.report.LiveTable;
import net.conntracklogger.terminal.Keyboard;
import net.conntracklogger.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code conntrack-logger top}: who talks to whom now. */
@Command(
        name = "top",
        description = "Shows who opens flows now, by unit, program, destination or port.",
        footer = {
            "",
            "Keys: u units, p programs, d destinations, o ports; + and - change the delay; space refreshes; q quits."
        },
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed", "2:usage error", "6:the journal may not be read by this user"})
public final class TopCommand implements Callable<Integer> {
    private static final long LEAST_DELAY = TimeUnit.MILLISECONDS.toMicros(100);
    /** As in systemd-cgtop(1). */
    private static final double DELAY_STEP = 2;

    private static final long MOST_DELAY = TimeUnit.HOURS.toMicros(1);
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-b", "--batch"},
            description = "Print tables one after the other, and take no keys.")
    private boolean batch;

    @Option(
            names = {"-n", "--iterations"},
            paramLabel = "COUNT",
            description = "Number of tables (default: no limit; 1 if standard output is no terminal).")
    private Integer iterations;

    @Option(
            names = {"-d", "--delay"},
            paramLabel = "DURATION",
            description = "Time that a table covers (default: ${DEFAULT-VALUE}).",
            defaultValue = "1s")
    private String delayText;

    @Option(
            names = {"-k", "--key"},
            paramLabel = "KEY",
            description = "What a row stands for: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
            defaultValue = "unit")
    private LiveTable.Key key;

    @Mixin
    private ResultOptions results;

    private long delay;

    @Override
    public Integer call() throws IOException {
        delay = delay();
        Screen screen = results.screen(System.getenv());
        boolean interactive = !batch && screen.height() != Screen.UNLIMITED;
        long left = iterations != null ? iterations : interactive || batch ? Long.MAX_VALUE : 1;
        try (Moments moments = new Moments(results.utc());
                FlowFeed feed = WholeLog.follow();
                Keyboard keyboard = interactive ? Keyboard.open() : Keyboard.none()) {
            run(new LiveTable(moments), feed, keyboard, left);
            return Daemon.DONE;
        }
    }

    private long delay() {
        try {
            return Math.max(Durations.read(delayText), LEAST_DELAY);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--delay: " + e.getMessage(), e);
        }
    }

    private void run(LiveTable table, FlowFeed feed, Keyboard keyboard, long tables) throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        boolean first = true;
        for (long left = tables; left > 0; left--) {
            boolean goesOn = gather(table, feed, keyboard);
            if (!goesOn) {
                return;
            }
            if (keyboard.isOpen()) {
                out.print(CLEAR);
            } else if (!first) {
                out.println();
            }
            first = false;
            show(table, out);
            table.clear();
        }
    }

    /** Takes flows until a table is due. Returns false if the user quits. */
    private boolean gather(LiveTable table, FlowFeed feed, Keyboard keyboard) throws IOException {
        long began = System.nanoTime();
        while (true) {
            long left = TimeUnit.MICROSECONDS.toNanos(delay) - (System.nanoTime() - began);
            if (left <= 0) {
                return true;
            }
            // A key is answered within a tenth of a second.
            long patience = Math.min(left, TimeUnit.MILLISECONDS.toNanos(100));
            FlowRow row = feed.next(Duration.ofNanos(patience));
            if (row != null) {
                table.add(row);
            }
            switch (keyboard.read()) {
                case 'q', 'Q' -> {
                    return false;
                }
                case ' ' -> {
                    return true;
                }
                case 'u' -> key = LiveTable.Key.unit;
                case 'p' -> key = LiveTable.Key.program;
                case 'd' -> key = LiveTable.Key.destination;
                case 'o' -> key = LiveTable.Key.port;
                case '+' -> delay = Math.min((long) (delay * DELAY_STEP), MOST_DELAY);
                case '-' -> delay = Math.max((long) (delay / DELAY_STEP), LEAST_DELAY);
                default -> {}
            }
        }
    }

    private void show(LiveTable table, PrintWriter out) {
        Screen screen = results.screen(System.getenv());
        long now = EpochMicros.now();
        List<String> lines = switch (results.format()) {
            case table, cat -> table.lines(key, delay, now, screen, results.legend());
            case json -> table.json(key, delay, now);
            case csv -> table.csv(key, results.legend());
        };
        int most = screen.height() == Screen.UNLIMITED || batch ? lines.size() : screen.height() - 1;
        lines.stream().limit(most).forEach(out::println);
        out.flush();
    }
}
