// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReloadSignalTest {
    /** Without the handler, SIGHUP would end the service; SIGTERM still does. */
    @Test
    void wakesTheServiceAndDoesNotEndIt() throws Exception {
        List<String> command = List.of(
                "env",
                "--default-signal=TERM,HUP",
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Service.class.getName());
        try (Child service = Child.start(Map.of(), command)) {
            assertEquals("runs", service.output().next());
            service.signal("HUP");
            assertEquals("reloads", service.output().next());
            service.signal("HUP");
            assertEquals("reloads", service.output().next());
            service.terminate();
            assertEquals(
                    List.of("runs", "reloads", "reloads", "stops"),
                    service.output().all());
            assertEquals(0, service.await());
        }
    }

    /** A service that would wait longer than the test if it were not woken. */
    static final class Service {
        private static final int LONG_MILLIS = 60_000;

        private Service() {}

        public static void main(String[] arguments) throws Exception {
            StopRequest stop = new StopRequest();
            ReloadSignal signal = new ReloadSignal(stop::wake);
            stop.started();
            System.out.println("runs");
            while (!stop.await(LONG_MILLIS)) {
                if (signal.take()) {
                    System.out.println("reloads");
                }
            }
            System.out.println("stops");
            stop.finish(0);
        }
    }
}
