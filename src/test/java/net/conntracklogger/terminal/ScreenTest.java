// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScreenTest {
    private static final TerminalSize SIZE = new TerminalSize(120, 40);

    @ParameterizedTest
    @CsvSource({
        "true, TERM=xterm, true",
        "true, TERM=xterm NO_COLOR=1, false",
        "true, TERM=xterm NO_COLOR=, true",
        "true, TERM=dumb, false",
        "true, '', false",
        "true, TERM=xterm SYSTEMD_COLORS=0, false",
        "false, TERM=xterm, false",
        "false, SYSTEMD_COLORS=1, true",
        "false, SYSTEMD_COLORS=256 NO_COLOR=1, true",
    })
    void hasColour(boolean terminal, String environment, boolean colour) {
        assertEquals(
                colour,
                Screen.of(terminal ? Optional.of(SIZE) : Optional.empty(), map(environment), false)
                        .colour());
    }

    @Test
    void hasTheWidthOfTheTerminal() {
        assertEquals(120, Screen.of(Optional.of(SIZE), Map.of(), false).width());
        assertEquals(
                80,
                Screen.of(Optional.of(new TerminalSize(0, 0)), Map.of(), false).width());
        assertEquals(
                100,
                Screen.of(Optional.of(SIZE), Map.of("COLUMNS", "100"), false).width());
    }

    @Test
    void shortensNothingInAPipeOrIfAskedForAll() {
        assertEquals(
                Screen.UNLIMITED, Screen.of(Optional.empty(), Map.of(), false).width());
        assertEquals(
                Screen.UNLIMITED, Screen.of(Optional.of(SIZE), Map.of(), true).width());
    }

    private static Map<String, String> map(String environment) {
        Map<String, String> map = new HashMap<>();
        for (String assignment : environment.split(" ")) {
            if (!assignment.isEmpty()) {
                map.put(assignment.replaceFirst("=.*", ""), assignment.replaceFirst("[^=]*=", ""));
            }
        }
        return map;
    }
}
