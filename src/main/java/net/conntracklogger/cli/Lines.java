// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import net.conntracklogger.terminal.Pager;
import net.conntracklogger.terminal.Screen;

/** Prints lines for people, by a pager if they do not fit the terminal. */
record Lines(ResultOptions options, Screen screen, PrintWriter out) {
    void print(List<String> lines) throws IOException {
        boolean fits = lines.size() < screen.height();
        if (fits || !options.pager() || !new Pager(System.getenv()).show(lines)) {
            lines.forEach(out::println);
        }
        out.flush();
    }
}
