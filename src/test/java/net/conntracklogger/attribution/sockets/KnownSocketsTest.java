// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KnownSocketsTest {
    private final KnownSockets known = new KnownSockets();

    @Test
    void knowsASocketFromWhenItWasMet() {
        long before = System.nanoTime();
        assertFalse(known.hadPort(socket(1, 53), before));
        known.meet(socket(1, 53));
        assertFalse(known.hadPort(socket(1, 53), before - 1));
        assertTrue(known.hadPort(socket(1, 53), System.nanoTime()));
    }

    @Test
    void knowsItOfItsPortAlone() {
        known.meet(socket(1, 53));
        assertFalse(known.hadPort(socket(1, 54), System.nanoTime()), "another port");
        assertFalse(known.hadPort(socket(2, 53), System.nanoTime()), "another socket");
    }

    @Test
    void forgetsWhatASurveyDoesNotMeet() {
        known.meet(socket(1, 53));
        known.meet(socket(2, 123));
        long then = System.nanoTime();
        known.survey(socket(1, 53));
        known.survey(socket(3, 500));
        known.endSurvey();
        assertTrue(known.hadPort(socket(1, 53), then), "met before the survey too");
        assertFalse(known.hadPort(socket(3, 500), then), "met by the survey first");
        assertFalse(known.hadPort(socket(2, 123), System.nanoTime()));
        assertTrue(known.hadPort(socket(3, 500), System.nanoTime()));
    }

    private static DiagSocket socket(long number, int port) {
        return new DiagSocket(number, port, 0, 0, 0, false, false);
    }
}
