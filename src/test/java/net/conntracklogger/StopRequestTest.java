// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopRequestTest {
    private static final int EXIT_CODE = 7;

    @Nested
    class WithoutAReason {
        @Test
        void doesNotCome() throws Exception {
            StopRequest stop = new StopRequest();
            long before = System.nanoTime();
            assertFalse(stop.await(20));
            assertTrue(System.nanoTime() - before >= 20_000_000);
            stop.finish(0);
        }
    }

    @Nested
    class OfAThreadThatFailed {
        @Test
        void carriesTheFailure() throws InterruptedException {
            StopRequest stop = new StopRequest();
            Throwable failure = new IllegalStateException("no room");
            Thread failing = new Thread(() -> stop.accept(failure));
            failing.start();
            ServiceFailure thrown = assertThrows(ServiceFailure.class, () -> stop.await(30_000));
            assertSame(failure, thrown.getCause());
            assertEquals("no room", thrown.getMessage());
            failing.join();
            stop.finish(1);
        }
    }

    @Nested
    class OfASignal {
        /** Without the hook the JVM would end at once, with 128 and the number of the signal. */
        @ParameterizedTest
        @ValueSource(strings = {"TERM", "INT", "HUP"})
        void endsTheJvmWithTheExitCodeOfTheServiceWhenThatHasFinished(String signal) throws Exception {
            try (Child service = Child.start(Map.of(), jvm(Service.class))) {
                assertEquals("runs", service.output().next());
                service.signal(signal);
                assertEquals(
                        List.of("runs", "stops", "has finished"),
                        service.output().all());
                assertEquals(EXIT_CODE, service.await());
            }
        }
    }

    @Nested
    class OfASignalDuringTheStart {
        @ParameterizedTest
        @ValueSource(strings = {"TERM", "INT"})
        void endsTheJvmIfTheStartHangs(String signal) throws Exception {
            try (Child service = Child.start(Map.of(), jvm(HangingService.class))) {
                assertEquals("starts", service.output().next());
                service.signal(signal);
                assertEquals(143, service.await());
            }
        }
    }

    /** Returns the command of a JVM that ends by signals, which a parent may have this process ignore. */
    private static List<String> jvm(Class<?> main) {
        return List.of(
                "env",
                "--default-signal=TERM,INT,HUP",
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName());
    }

    /** A service whose start hangs. */
    static final class HangingService {
        private HangingService() {}

        public static void main(String[] arguments) throws Exception {
            StopRequest stop = new StopRequest(/* startPatience= */ 100);
            System.out.println("starts");
            Thread.sleep(60_000);
            stop.started();
        }
    }

    /** A service that needs a moment to finish. */
    static final class Service {
        private Service() {}

        public static void main(String[] arguments) throws Exception {
            StopRequest stop = new StopRequest();
            stop.started();
            System.out.println("runs");
            System.out.println(stop.await(30_000) ? "stops" : "waited in vain");
            Thread.sleep(50);
            System.out.println("has finished");
            stop.finish(EXIT_CODE);
        }
    }
}
