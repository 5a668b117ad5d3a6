// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.conntracklogger.systemd.ServiceManager;
import net.conntracklogger.testbed.NotifySocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class HeartbeatTest {
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1000 * MILLI;

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();
    private NotifySocket manager;
    private ServiceManager systemd;
    private Heartbeat heartbeat;
    private long clock = Long.MAX_VALUE - SECOND; // It wraps soon.
    private String status = "";
    private long[] rounds = {0, 0};

    @BeforeEach
    void listen() throws IOException {
        manager = new NotifySocket(directory.resolve("notify").toString());
    }

    @AfterEach
    void close() throws IOException {
        systemd.close();
        manager.close();
    }

    private void start(Map<String, String> variables) throws IOException {
        Map<String, String> environment = new HashMap<>(variables);
        environment.putIfAbsent("NOTIFY_SOCKET", directory.resolve("notify").toString());
        systemd = ServiceManager.fromEnvironment(environment);
        PrintStream printed = new PrintStream(errors, true, StandardCharsets.UTF_8);
        heartbeat = new Heartbeat(systemd, () -> status, () -> rounds.clone(), printed, () -> clock);
    }

    private void assertSent(String... lines) throws IOException {
        assertEquals(List.of(lines), manager.sent());
    }

    @Nested
    class Status {
        @BeforeEach
        void startWithoutAWatchdog() throws IOException {
            start(Map.of());
        }

        @Test
        void isSentIfItHasChanged() throws IOException {
            status = "1 flows";
            clock += 5 * SECOND + 1;
            heartbeat.beat();
            assertSent("STATUS=1 flows");
            clock += 60 * SECOND;
            heartbeat.beat();
            assertSent();
            status = "2 flows";
            clock += 5 * SECOND + 1;
            heartbeat.beat();
            assertSent("STATUS=2 flows");
        }

        @Test
        void isSentOnceInFiveSeconds() throws IOException {
            for (int i = 1; i <= 6; i++) {
                status = i + " flows";
                clock += SECOND;
                heartbeat.beat();
            }
            assertSent("STATUS=6 flows");
            for (int i = 7; i <= 12; i++) {
                status = i + " flows";
                clock += SECOND;
                heartbeat.beat();
            }
            assertSent("STATUS=12 flows");
        }
    }

    @Nested
    class Watchdog {
        @BeforeEach
        void startWithAWatchdog() throws IOException {
            start(Map.of("WATCHDOG_USEC", "900000"));
        }

        private void beatAfter(long milliseconds) {
            clock += milliseconds * MILLI;
            heartbeat.beat();
        }

        private void progress() {
            rounds[0]++;
            rounds[1] += 5;
        }

        @Test
        void isToldThreeTimesAsOftenAsItWants() throws IOException {
            assertEquals(300, heartbeat.intervalMillis());
            progress();
            beatAfter(299);
            assertSent();
            beatAfter(1);
            assertSent("WATCHDOG=1");
            progress();
            beatAfter(300);
            assertSent("WATCHDOG=1");
        }

        @Test
        void isNotToldIfOneOfTheThreadsHangs() throws IOException {
            progress();
            beatAfter(300);
            assertSent("WATCHDOG=1");
            for (int i = 0; i < 5; i++) {
                rounds[0]++;
                beatAfter(300);
            }
            assertSent();
            rounds[1]++;
            beatAfter(300);
            assertSent("WATCHDOG=1");
        }
    }

    @Test
    void callsForABeatEachSecondWithoutAWatchdog() throws IOException {
        start(Map.of());
        assertEquals(1000, heartbeat.intervalMillis());
        rounds[0]++;
        rounds[1]++;
        clock += 60 * SECOND;
        heartbeat.beat();
        assertSent();
    }

    @Test
    void callsForABeatEachSecondIfTheWatchdogIsSlow() throws IOException {
        start(Map.of("WATCHDOG_USEC", "30000000"));
        assertEquals(1000, heartbeat.intervalMillis());
    }

    @Test
    void tellsThatTheServiceReloadsAndIsReadyAgain() throws IOException {
        start(Map.of());
        List<String> before = new ArrayList<>();
        heartbeat.reload(() -> {
            before.addAll(sent());
            status = "restart needed for Queue=";
        });
        assertEquals("RELOADING=1", before.get(0));
        assertTrue(before.get(1).matches("MONOTONIC_USEC=\\d+"), before::toString);
        assertSent("READY=1", "STATUS=restart needed for Queue=");
        clock += 60 * SECOND;
        heartbeat.beat();
        assertSent();
    }

    private List<String> sent() {
        try {
            return manager.sent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void tellsThatTheServiceStops() throws IOException {
        start(Map.of());
        heartbeat.stopping();
        assertSent("STOPPING=1");
    }

    @Test
    void goesOnIfAMessageCannotBeSent() throws IOException {
        start(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString()));
        heartbeat.stopping();
        String printed = errors.toString(StandardCharsets.UTF_8);
        assertTrue(printed.contains("NOTIFY_SOCKET=" + directory.resolve("nobody")), printed);
        assertEquals(1, printed.lines().count());
    }
}
