// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Start times of processes on a machine that is suspended, in seconds of both clocks. */
class BootOffsetsTest {
    private static final long SECOND = 1_000_000_000;
    private static final long TICKS_PER_SECOND = 100;
    private static final long TICK_NANOS = SECOND / TICKS_PER_SECOND;

    private long suspended;
    private long monotonic = 100 * SECOND;
    private final BootClock clock = new BootClock(0, () -> monotonic + suspended, () -> monotonic);

    private void run(long seconds) {
        monotonic += seconds * SECOND;
    }

    private void suspend(long seconds) {
        suspended += seconds * SECOND;
    }

    /** Returns the time since boot, which a process that starts now has as its start time. */
    private long sinceBoot() {
        return (monotonic + suspended) / SECOND;
    }

    private long converted(long sinceBoot) {
        return clock.nanoTime(sinceBoot * SECOND) / SECOND;
    }

    @Nested
    class OnAMachineThatWasNeverSuspended {
        @ParameterizedTest(name = "started {0} s after boot")
        @ValueSource(longs = {0, 50, 100, 150, 200})
        void areTheSame(long started) {
            run(100);
            assertEquals(started, converted(started));
        }
    }

    @Nested
    class OfAProcessThatStartedBeforeASuspend {
        @Test
        void areNotTooEarly() {
            run(50);
            long started = sinceBoot();
            run(50);
            suspend(1000);
            run(1);
            assertEquals(150, converted(started));
        }

        @Test
        void areNotTooEarlyIfItIsOlderThanTheService() {
            suspend(1000);
            assertEquals(60, converted(60));
        }

        @Test
        void stayTheSameWithEachFurtherSuspend() {
            long started = sinceBoot();
            for (int i = 0; i < 2 * BootOffsets.CAPACITY; i++) {
                suspend(10);
                run(10);
                long later = sinceBoot();
                assertEquals(monotonic / SECOND, converted(later));
                assertEquals(100, converted(started));
            }
        }
    }

    @Nested
    class OfAProcessThatStartedAfterASuspend {
        @Test
        void areAtMostTheTimeOfTheFirstConversion() {
            suspend(1000);
            run(10);
            long started = sinceBoot();
            run(10);
            assertEquals(
                    120, converted(started), "between 110, when it started, and 120, when the suspend was noticed");
            run(10);
            assertEquals(120, converted(started));
        }

        @Test
        void areExactFromTheFirstConversionOn() {
            suspend(1000);
            converted(0);
            run(10);
            long started = sinceBoot();
            suspend(500);
            run(10);
            assertEquals(110, converted(started));
        }
    }

    @Nested
    class OfAProcessThatIsOlderThanTheService {
        private final BootClock late = new BootClock(0, () -> 1100 * SECOND, () -> 100 * SECOND);

        @ParameterizedTest(name = "started {0} s after boot")
        @ValueSource(longs = {0, 99, 101, 1050, 1099})
        void areAtMostTheTimeAtWhichTheServiceStarted(long started) {
            long converted = late.nanoTime(started * SECOND) / SECOND;
            assertEquals(Math.min(started, 100), converted);
        }
    }

    @Test
    void includeTheWholeClockTick() {
        assertEquals(101 * SECOND + TICK_NANOS, clock.nanoTimeOfStart(101 * TICKS_PER_SECOND));
    }
}
