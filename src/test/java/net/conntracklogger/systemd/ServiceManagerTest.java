// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against a socket of the test, which takes systemd's place. */
class ServiceManagerTest {
    private static final String SELF = Long.toString(ProcessHandle.current().pid());

    @TempDir
    private Path directory;

    private UnixDatagramChannel systemd;

    @AfterEach
    void close() throws IOException {
        if (systemd != null) {
            systemd.close();
        }
    }

    @Nested
    class ANotification {
        @Test
        void isOneDatagram() throws IOException {
            try (ServiceManager manager = listening(directory.resolve("notify").toString())) {
                manager.ready("12 flows");
                assertEquals("READY=1\nSTATUS=12 flows", next());
                manager.status("13 flows, ü");
                assertEquals("STATUS=13 flows, ü", next());
                manager.alive();
                assertEquals("WATCHDOG=1", next());
                assertReloading(manager);
                manager.stopping();
                assertEquals("STOPPING=1", next());
                assertNothing();
            }
        }

        /** As CLOCK_MONOTONIC, which /proc/uptime exceeds by the time that the machine was suspended. */
        private void assertReloading(ServiceManager manager) throws IOException {
            manager.reloading();
            String[] lines = next().split("\n");
            assertEquals("RELOADING=1", lines[0]);
            double seconds = Double.parseDouble(lines[1].substring("MONOTONIC_USEC=".length())) / 1e6;
            double uptime =
                    Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
            assertTrue(seconds > 0 && seconds <= uptime + 1, seconds + " of " + uptime);
        }

        /** The kernel takes net.unix.max_dgram_qlen datagrams, which are at most some hundreds. */
        @Test
        void doesNotWaitForLongIfNobodyReads() throws IOException {
            long longest = 0;
            try (ServiceManager manager = listening(directory.resolve("notify").toString())) {
                for (int i = 0; i < 2000 && longest < 500_000_000; i++) {
                    long began = System.nanoTime();
                    try {
                        manager.status("of " + i);
                    } catch (IOException e) {
                        assertTrue(e.getMessage().startsWith("cannot send STATUS=of "), e.getMessage());
                    }
                    longest = Math.max(longest, System.nanoTime() - began);
                }
            }
            assertTrue(longest >= 500_000_000 && longest < 10_000_000_000L, "waited for " + longest + " ns");
        }

        @Test
        void reachesAnAbstractAddress() throws IOException {
            String name = "@conntrack-logger-unit-test-" + SELF;
            try (ServiceManager manager = listening(name)) {
                // The name ends where systemd's ends, without NULs behind it. unix(7) writes NUL as @.
                assertTrue(
                        Files.readAllLines(Path.of("/proc/self/net/unix")).stream()
                                .anyMatch(line -> line.endsWith(" " + name)),
                        "the test listens at " + name);
                manager.ready("");
                assertEquals("READY=1\nSTATUS=", next());
            }
        }
    }

    @Nested
    class WithoutNotifySocket {
        @Test
        void nothingIsSent() throws IOException {
            try (ServiceManager manager = ServiceManager.fromEnvironment(Map.of("WATCHDOG_USEC", "1000000"))) {
                manager.ready("");
                manager.status("");
                manager.alive();
                manager.stopping();
                assertEquals(0, manager.watchdogMillis(), "nobody listens for a watchdog");
            }
        }
    }

    @Nested
    class AFailure {
        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void namesStateAndAddress(boolean isAbstract) throws IOException {
            String name = isAbstract
                    ? "@conntrack-logger-nobody-" + SELF
                    : directory.resolve("nobody").toString();
            try (ServiceManager manager = ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", name))) {
                String message = assertThrows(IOException.class, () -> manager.ready("a status"))
                        .getMessage();
                assertTrue(
                        message.matches("cannot send READY=1 to systemd at NOTIFY_SOCKET=\\Q" + name + "\\E: .+"),
                        message);
            }
        }
    }

    @Nested
    class TheWatchdog {
        @ParameterizedTest(name = "WATCHDOG_USEC={0}: {1} ms")
        @CsvSource({"240000000,240000", "1000000,1000", "1999,1", "999,0", "0,0"})
        void isInMicroseconds(String micros, long millis) throws IOException {
            assertEquals(millis, watchdog(Map.of("WATCHDOG_USEC", micros)));
        }

        @Test
        void isOffIfUnset() throws IOException {
            assertEquals(0, watchdog(Map.of()));
        }

        @Test
        void isOfTheProcessNamed() throws IOException {
            assertEquals(1000, watchdog(Map.of("WATCHDOG_USEC", "1000000", "WATCHDOG_PID", SELF)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"1", "0", ""})
        void isOffForAnotherProcess(String pid) throws IOException {
            assertEquals(0, watchdog(Map.of("WATCHDOG_USEC", "1000000", "WATCHDOG_PID", pid)));
        }

        private long watchdog(Map<String, String> variables) throws IOException {
            Map<String, String> environment = new HashMap<>(variables);
            environment.put("NOTIFY_SOCKET", directory.resolve("notify").toString());
            try (ServiceManager manager = ServiceManager.fromEnvironment(environment)) {
                return manager.watchdogMillis();
            }
        }
    }

    /** Listens at an address as systemd does; returns what a service there has. */
    private ServiceManager listening(String name) throws IOException {
        systemd = UnixDatagramChannel.open();
        systemd.bind(new UnixSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name));
        systemd.configureBlocking(false);
        return ServiceManager.fromEnvironment(Map.of("NOTIFY_SOCKET", name));
    }

    /** A datagram between UNIX sockets is there when it is sent. */
    private String next() throws IOException {
        ByteBuffer message = ByteBuffer.allocate(4096);
        systemd.receive(message);
        return StandardCharsets.UTF_8.decode(message.flip()).toString();
    }

    private void assertNothing() {
        String reason = assertThrows(IOException.class, this::next, "one more notification")
                .getMessage();
        assertEquals("Resource temporarily unavailable", reason);
    }
}
