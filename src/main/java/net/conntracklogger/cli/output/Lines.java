// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.output;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import net.conntracklogger.terminal.Pager;
import net.conntracklogger.terminal.Screen;

/** Prints lines for people, by a pager if they do not fit the terminal. */
public record Lines(ResultOptions options, Screen screen, PrintWriter out) {
    public void print(List<String> lines) throws IOException {
        boolean fits = lines.size() < screen.height();
        if (fits || !options.pager() || !new Pager(System.getenv()).show(lines)) {
            lines.forEach(out::println);
        }
        out.flush();
    }
}
