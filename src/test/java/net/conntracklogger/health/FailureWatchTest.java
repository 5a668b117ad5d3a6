// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class FailureWatchTest {
    private static final long SECOND = 1_000_000_000;
    private static final String EFFECT = "; some flows lack their owner (PID_REASON=lookup-failed) or their name";

    private long clock = Long.MAX_VALUE - SECOND; // It wraps soon.
    private final Failures failures = new Failures();
    private final FailureWatch watch = new FailureWatch(failures::counts, () -> clock);

    private String check() {
        return watch.check().map(Notice::text).orElse("nothing");
    }

    @Test
    void reportsNothingIfNothingFailed() {
        assertEquals("nothing", check());
        assertEquals("", watch.status());
    }

    @Test
    void reportsTheFirstFailuresAtOnce() {
        failures.add("attribution", new IOException("cannot ask"));
        failures.add("attribution", new IOException("cannot look up"));
        failures.add("unit-watch", new IOException("cannot watch"));
        Notice notice = watch.check().orElseThrow();
        assertEquals(Notice.Kind.WORK_FAILED, notice.kind());
        assertEquals(
                "internal failures survived: 2 in attribution (cannot look up), 1 in unit-watch (cannot watch)"
                        + EFFECT,
                notice.text());
    }

    @Test
    void reportsOnceAMinuteTheFailuresSinceTheLastReport() {
        failures.add("attribution", new IOException("one"));
        check();
        failures.add("names", new IOException("two"));
        clock += 60 * SECOND - 1;
        assertEquals("nothing", check());
        clock += 1;
        assertEquals("internal failures survived: 1 in names (two)" + EFFECT, check());
        clock += 60 * SECOND;
        assertEquals("nothing", check());
    }

    @Test
    void reportsTheRestAtTheEnd() {
        failures.add("attribution", new IOException("one"));
        check();
        failures.add("attribution", new IOException("two"));
        assertEquals(
                "internal failures survived: 1 in attribution (two)" + EFFECT,
                watch.finish().orElseThrow().text());
    }

    @Test
    void showsInItsStatusTheFailuresSinceTheStart() {
        failures.add("attribution", new IOException("one"));
        failures.add("names", new IOException("two"));
        assertEquals("2 internal failures survived", watch.status());
    }
}
