// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import static net.conntracklogger.netfilter.tracking.ConntrackSysctls.ACCOUNTING;
import static net.conntracklogger.netfilter.tracking.ConntrackSysctls.EVENTS;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SysctlWatchTest {
    private static final String ERROR = "cannot set nf_conntrack_events to 1: access denied; needs CAP_NET_ADMIN";

    private final WatchClock clock = new WatchClock();
    private final Map<String, String> off = new TreeMap<>();
    private final List<Loss> losses = new ArrayList<>();
    private boolean settable = true;

    private SysctlWatch watch() {
        return new SysctlWatch(this::restore, losses::add, clock::nanos, clock::micros);
    }

    /** What can be set is on again afterwards. */
    private Map<String, String> restore() {
        Map<String, String> found = new TreeMap<>(off);
        if (settable) {
            off.clear();
        }
        return found;
    }

    private List<Notice> check(SysctlWatch watch, int seconds) {
        return clock.check(watch, seconds);
    }

    private static Loss off(long since, long until) {
        return WatchClock.loss(Loss.Place.OFF, Loss.UNKNOWN, since, until);
    }

    @Nested
    class IfEventsAreSwitchedOff {
        @Test
        void reportsThatTheyAreSetAgainAndTheLoss() {
            SysctlWatch watch = watch();
            assertEquals(List.of(), check(watch, 25));
            off.put(EVENTS, "");
            assertEquals(
                    List.of(new Notice(
                            Notice.Kind.CONNTRACK_SYSCTLS_OFF,
                            "sysctls switched off: net.netfilter.nf_conntrack_events;"
                                    + " flows that began meanwhile are missing; set to 1 again")),
                    check(watch, 10));
            assertEquals(List.of(off(1020, 1030)), losses, "the last check before found them on");
            assertEquals(List.of(), check(watch, 100));
            assertEquals(1, losses.size());
            assertEquals("", watch.status());
        }

        @Test
        void reportsThatTheyCannotBeSetAndTheEnd() {
            settable = false;
            SysctlWatch watch = watch();
            off.put(EVENTS, ERROR);
            List<Notice> notices = check(watch, 300);
            assertEquals(1, notices.size());
            assertEquals(
                    "sysctls switched off: net.netfilter.nf_conntrack_events; flows that began meanwhile are missing; "
                            + ERROR,
                    notices.get(0).text());
            assertEquals("net.netfilter.nf_conntrack_events off", watch.status());
            assertEquals(List.of(off(1000, 1060), off(1060, 1120)), losses.subList(0, 2), "each minute");
            off.clear();
            assertEquals(
                    List.of(new Notice(
                            Notice.Kind.CONNTRACK_SYSCTLS_ON,
                            "sysctls on again: net.netfilter.nf_conntrack_events; new flows are logged completely")),
                    check(watch, 10));
            assertEquals(off(1300, 1310), losses.get(losses.size() - 1), "without a gap before");
            assertEquals("", watch.status());
        }

        @Test
        void reportsTheRestOfTheLossAtStop() {
            settable = false;
            SysctlWatch watch = watch();
            off.put(EVENTS, ERROR);
            check(watch, 25);
            assertEquals(Optional.empty(), watch.finish());
            assertEquals(List.of(off(1000, 1025)), losses);
        }
    }

    @Nested
    class IfAccountingIsSwitchedOff {
        @Test
        void reportsWhatEntriesLackAndNoLoss() {
            SysctlWatch watch = watch();
            off.put(ACCOUNTING, "");
            assertEquals(
                    "sysctls switched off: net.netfilter.nf_conntrack_acct;"
                            + " ends of flows that began meanwhile lack bytes; set to 1 again",
                    check(watch, 10).get(0).text());
            assertEquals(List.of(), losses);
        }
    }

    @Nested
    class IfOneCouldNotBeSetAtTheStart {
        @Test
        void doesNotRepeatThatButReportsTheLossAndTheEnd() {
            settable = false;
            off.put(EVENTS, ERROR);
            SysctlWatch watch = watch();
            assertEquals(List.of(), check(watch, 60));
            assertEquals(List.of(off(1000, 1060)), losses);
            off.clear();
            assertEquals(
                    List.of(Notice.Kind.CONNTRACK_SYSCTLS_ON),
                    check(watch, 10).stream().map(Notice::kind).toList());
        }
    }
}
