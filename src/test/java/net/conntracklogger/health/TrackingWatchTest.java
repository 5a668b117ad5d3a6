// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class TrackingWatchTest {
    private static final long SECOND = 1_000_000_000;

    private long clock = Long.MAX_VALUE - SECOND; // It wraps soon.
    private long begun;
    private int probes;
    private boolean loopback = true;
    private final List<Loss> losses = new ArrayList<>();
    private TrackingWatch watch =
            TrackingWatch.external(() -> begun, this::probe, losses::add, () -> clock, () -> clock / 1000);

    private void probe() throws LinuxException {
        if (!loopback) {
            throw new LinuxException("send", "a datagram on loopback", 101, "");
        }
        probes++;
    }

    /** Checks once a second, as the service does. The results are those of the last check. */
    private Optional<Notice.Kind> check(int seconds) {
        Optional<Notice.Kind> last = Optional.empty();
        for (int i = 0; i < seconds; i++) {
            clock += SECOND;
            last = watch.check().map(Notice::kind);
            assertTrue(last.isEmpty() || i == seconds - 1, "too early");
        }
        return last;
    }

    private static Optional<Notice.Kind> kind(Notice.Kind kind) {
        return Optional.of(kind);
    }

    @Nested
    class AfterTheStart {
        @Test
        void sendsAProbeAfterASecond() {
            check(1);
            assertEquals(0, probes);
            check(1);
            assertEquals(1, probes);
        }

        @Test
        void sendsNoneIfFlowsBegin() {
            for (int i = 0; i < 100; i++) {
                begun++;
                check(1);
            }
            assertEquals(0, probes);
        }

        @Test
        void reportsThatTrackingIsInactiveIfTheProbeHasNoEvent() {
            assertEquals(Optional.empty(), check(4));
            assertEquals(kind(Notice.Kind.TRACKING_INACTIVE), check(1));
            assertEquals(1, probes);
        }

        @Test
        void reportsNothingIfTheProbeHasAnEvent() {
            check(2);
            begun++;
            assertEquals(Optional.empty(), check(60));
            assertEquals(1, probes);
        }

        @Test
        void reportsNothingIfNoProbeCanBeSent() {
            loopback = false;
            assertEquals(Optional.empty(), check(100));
            loopback = true;
            assertEquals(kind(Notice.Kind.TRACKING_INACTIVE), check(4 + 1));
        }
    }

    @Nested
    class AfterAFlow {
        @Test
        void sendsAProbeAfterAMinuteWithoutOthers() {
            begun++;
            check(61);
            assertEquals(0, probes);
            check(1);
            assertEquals(1, probes);
        }
    }

    @Nested
    class IfInactive {
        private void deactivate() {
            check(4);
            assertEquals(kind(Notice.Kind.TRACKING_INACTIVE), check(1));
        }

        @Test
        void doesNotRepeatTheReport() {
            deactivate();
            assertEquals(Optional.empty(), check(1000));
        }

        @Test
        void goesOnSendingProbes() {
            deactivate();
            check(40);
            assertEquals(9, probes, "one each 5 s");
        }

        @Test
        void reportsThatItIsActiveAgain() {
            deactivate();
            begun++;
            assertEquals(kind(Notice.Kind.TRACKING_ACTIVE), check(1));
            begun++;
            assertEquals(Optional.empty(), check(1));
        }

        @Test
        void reportsItOnceMoreAfterAnInterruption() {
            deactivate();
            begun++;
            check(1);
            assertEquals(Optional.empty(), check(63));
            assertEquals(kind(Notice.Kind.TRACKING_INACTIVE), check(1));
        }
    }

    @Nested
    class IfTheServiceEnabledTracking {
        @BeforeEach
        void start() {
            clock = 0;
            watch = TrackingWatch.auto(
                    () -> begun, TrackingWatchTest.this::probe, losses::add, () -> clock, () -> clock / 1000);
        }

        @Test
        void probesOnlyAfterAMinuteWithoutFlows() {
            check(60);
            assertEquals(0, probes);
            check(1);
            assertEquals(1, probes);
            begun++;
            check(60);
            assertEquals(1, probes);
        }

        @Test
        void reportsWithin70SecondsTheTimeWithoutEvents() {
            begun++;
            check(1);
            assertEquals(Optional.empty(), check(63));
            assertEquals(kind(Notice.Kind.TRACKING_INACTIVE), check(1));
            assertEquals(List.of(off(0, 65)), losses, "since the check before the one that counted the flow");
            check(55);
            begun++;
            assertEquals(kind(Notice.Kind.TRACKING_ACTIVE), check(1));
            assertEquals(List.of(off(0, 65), off(65, 121)), losses);
        }

        private Loss off(long since, long until) {
            return new Loss(Loss.Place.OFF, Loss.UNKNOWN, since * 1_000_000, until * 1_000_000);
        }
    }

    @Test
    void namesStateEffectAndRemedy() {
        check(4);
        clock += SECOND;
        assertEquals(
                "connection tracking inactive, as no rule uses it; no flows are logged;"
                        + " use \"ct state\" in a firewall rule or set Tracking=auto",
                watch.check().orElseThrow().text());
        begun++;
        assertEquals(
                "connection tracking active again; new flows are logged",
                watch.check().orElseThrow().text());
    }
}
