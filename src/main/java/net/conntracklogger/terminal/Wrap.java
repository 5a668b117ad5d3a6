// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import java.util.ArrayList;
import java.util.List;

/** Breaks long lines between words. */
public final class Wrap {
    private Wrap() {}

    /**
     * Returns the parts of a line, the second and later of which are indented.
     *
     * @param line may have styles, which take no columns
     */
    public static List<String> lines(String line, int width, int indent) {
        List<String> lines = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int used = 0;
        for (String word : line.split("(?<=\\S)(?= )")) {
            int columns = TextWidth.of(word.replaceAll("\u001b\\[[0-9;]*m", ""));
            if (used > indent && used + columns > width) {
                lines.add(current.toString());
                current.setLength(0);
                current.append(" ".repeat(indent)).append(word.stripLeading());
                used = indent + columns - (word.startsWith(" ") ? 1 : 0);
            } else {
                current.append(word);
                used += columns;
            }
        }
        lines.add(current.toString());
        return lines;
    }
}
