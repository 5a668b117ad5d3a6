// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessInfoTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    curl            | sh(20) < cron(10)   | curl(30) < sh(20) < cron(10)
                    curl            | ''                  | curl(30)
                    x(1) < systemd  | ''                  | x\\x281\\x29\\x20\\x3c\\x20systemd(30)
                    """)
    void hasAnAncestry(String comm, String ancestors, String expected) {
        assertEquals(expected, process(comm, ancestors).ancestry().toString());
    }

    @Test
    void hasNoAncestryIfItsAncestorsAreUnknown() {
        assertNull(process("curl", null).ancestry());
    }

    private static ProcessInfo process(String comm, String ancestors) {
        return new ProcessInfo(30, 0, 0, 0, 0, RawText.of(comm), null, null, 20, 0, ancestors);
    }
}
