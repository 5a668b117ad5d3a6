// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.conntracklogger.delivery.RecordedEntries;
import net.conntracklogger.testbed.NotifySocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class DaemonTest {
    @Test
    void failsWithTheReasonIfItCannotStart(@TempDir Path directory) throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream errors = new PrintStream(printed, true, StandardCharsets.UTF_8);
        String socket = directory.resolve("notify").toString();
        RecordedEntries output = new RecordedEntries();
        try (NotifySocket manager = new NotifySocket(socket)) {
            Daemon daemon = new Daemon(
                    EmptySystem.configuration(directory),
                    EmptySystem.roots(directory),
                    Map.of("NOTIFY_SOCKET", socket),
                    errors);
            assertEquals(Daemon.FAILED, daemon.run(output));
            assertEquals(List.of("STATUS=starting"), manager.sent(), "it never was ready");
        }
        List<String> lines = printed.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.get(0).contains(directory.resolve("proc") + "/thread-self/ns/net"), lines::toString);
        assertTrue(output.isClosed());
    }
}
