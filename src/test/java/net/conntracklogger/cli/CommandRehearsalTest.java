// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import org.junit.jupiter.api.Test;

class CommandRehearsalTest {
    @Test
    void needsNoPrivilegesAndNoLog() {
        assertDoesNotThrow(() -> CommandRehearsal.main(new String[0]));
    }
}
