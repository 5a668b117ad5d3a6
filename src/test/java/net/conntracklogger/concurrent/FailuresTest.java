// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private final Failures failures = new Failures();

    @Test
    void areCountedByTheWorkThatFailed() {
        failures.add("naming", new IOException("first"));
        failures.add("attribution", new IOException("cannot look up"));
        failures.add("naming", new IOException("second"));
        assertEquals(
                Map.of(
                        "naming",
                        new Failures.Count(2, "second"),
                        "attribution",
                        new Failures.Count(1, "cannot look up")),
                failures.counts());
    }

    @Test
    void areDescribedWithTheirPlaceIfTheyAreBugs() {
        failures.add("naming", new IllegalStateException("no room"));
        String last = failures.counts().get("naming").last();
        assertTrue(last.matches("java.lang.IllegalStateException: no room at FailuresTest.java:\\d+"), last);
        failures.add("naming", new IOException());
        assertTrue(failures.counts().get("naming").last().startsWith("java.io.IOException at FailuresTest.java:"));
    }
}
