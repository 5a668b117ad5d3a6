// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Takes no descriptor, because the low numbers are those of the test's own process. */
class KeptDescriptorsTest {
    private static final String SELF = Long.toString(ProcessHandle.current().pid());

    @Test
    void areNoneWithoutTheVariables() {
        assertEquals(Set.of(), KeptDescriptors.fromEnvironment(Map.of()).names());
    }

    @Test
    void areNoneIfTheyAreForAnotherProcess() {
        Map<String, String> environment = Map.of("LISTEN_PID", "1", "LISTEN_FDS", "1", "LISTEN_FDNAMES", "events");
        assertEquals(Set.of(), KeptDescriptors.fromEnvironment(environment).names());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "x", "99999"})
    void areNoneIfTheNumberIsNone(String count) {
        Map<String, String> environment = Map.of("LISTEN_PID", SELF, "LISTEN_FDS", count, "LISTEN_FDNAMES", "a:b");
        KeptDescriptors kept = KeptDescriptors.fromEnvironment(environment);
        assertEquals(Set.of(), kept.names());
        assertTrue(kept.take("a").isEmpty());
    }
}
