// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli.ask;

import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks what the user gave. A mistake is a {@link ParameterException}, after which the command names its help. */
final class Usage {
    private Usage() {}

    /** Checks a condition, which the message explains. */
    static void require(CommandSpec command, boolean right, String message) {
        if (!right) {
            throw new ParameterException(command.commandLine(), message);
        }
    }

    /** Checks the value of {@code --lines}. */
    static void requireLines(CommandSpec command, int lines, int most) {
        require(command, lines > 0 && lines <= most, "--lines: use a number from 1 to " + most);
    }

    /**
     * Returns what a reader makes of a value. Its {@link IllegalArgumentException} says what is wrong with the value.
     */
    static <T> T read(CommandSpec command, Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command.commandLine(), e.getMessage(), e);
        }
    }
}
