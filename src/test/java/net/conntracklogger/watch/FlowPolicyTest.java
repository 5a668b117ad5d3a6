// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Scrutiny;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The flow is that of {@link Flows#outbound()}: curl of cron.service, uid 1000, to 195.24.232.208:80. */
class FlowPolicyTest {
    private static final AttributedFlow FLOW = Flows.outbound();

    private static FlowRule rule(String text) {
        try {
            return FlowRule.parse(text);
        } catch (RuleException e) {
            throw new AssertionError(e);
        }
    }

    private static Expectation expect(String unit, String... rules) {
        List<FlowRule> allow = new ArrayList<>();
        for (String rule : rules) {
            allow.add(rule(rule));
        }
        return new Expectation(new UnitName(unit), allow);
    }

    private static boolean isUnexpected(AttributedFlow flow, Expectation... expectations) {
        AttributedFlow examined =
                new FlowPolicy(FlowFilter.ALL, WatchLists.NONE, new Expectations(List.of(expectations))).examine(flow);
        return examined.scrutiny().unexpected();
    }

    @Nested
    class OfExpectations {
        @ParameterizedTest
        @CsvSource({
            "dst=195.24.232.208 dport=80, false",
            "dport=443, true",
            "user=1000, false",
            "dname=example.org, true",
            "user=unknown, true"
        })
        void flagsWhatNoRuleIsKnownToAllow(String rule, boolean unexpected) {
            assertEquals(unexpected, isUnexpected(FLOW, expect("cron.service", rule)));
        }

        @Test
        void allowsWhatOneRuleAllows() {
            assertFalse(isUnexpected(FLOW, expect("cron.service", "dport=443", "dport=80")));
        }

        /** The flow is of a user's unit, and so also of the service manager of the user. */
        @ParameterizedTest
        @CsvSource({"dport=80, dport=80, false", "dport=80, dport=443, true", "dport=443, dport=80, true"})
        void requiresTheExpectationOfEachUnit(String ofUser, String ofManager, boolean unexpected) {
            AttributedFlow flow = of("/user.slice/user-1000.slice/user@1000.service/app.slice/app-curl.service");
            assertEquals(
                    unexpected,
                    isUnexpected(flow, expect("app-curl.service", ofUser), expect("user@1000.service", ofManager)));
        }

        private static AttributedFlow of(String cgroup) {
            Owner owner = Owner.ofSocket(OwnerSource.BPF, 0, UnitPath.parse(cgroup), Unattributed.PROCESS_GONE);
            return Flows.of(FLOW.event(), null, owner);
        }

        /** The first value is the port that the template may use, the second that of the instance a. */
        @ParameterizedTest
        @CsvSource({"80, 443, a, true", "443, 80, a, false", "80, 443, b, false", "443, 80, b, true"})
        void prefersTheExpectationOfAnInstance(int ofAll, int ofOne, String instance, boolean unexpected) {
            AttributedFlow flow = of("/system.slice/system-web.slice/web@" + instance + ".service");
            Expectation template = expect("web@.service", "dport=" + ofAll);
            Expectation one = expect("web@a.service", "dport=" + ofOne);
            assertEquals(unexpected, isUnexpected(flow, template, one));
            assertEquals(unexpected, isUnexpected(flow, one, template));
        }

        @ParameterizedTest
        @ValueSource(strings = {"nginx.service", "cron.scope", "cron@.service"})
        void saysNothingOfOtherUnits(String unit) {
            assertFalse(isUnexpected(FLOW, expect(unit, "dport=443")));
        }

        @ParameterizedTest
        @CsvSource({
            "web@.service, /system.slice/system-web.slice/web@a.service, true",
            "web@a.service, /system.slice/system-web.slice/web@a.service, true",
            "web@b.service, /system.slice/system-web.slice/web@a.service, false",
            "web@.service, /system.slice/web.service, false",
            "web@.service, /system.slice/web@.service, false",
            "web@.service, /system.slice/web@a.scope, false",
            "app.service, /user.slice/user-1000.slice/user@1000.service/app.slice/app.service, true",
            "user@.service, /user.slice/user-1000.slice/user@1000.service/app.slice/app.service, true"
        })
        void knowsTemplatesAndUnitsOfUsers(String unit, String path, boolean unexpected) {
            assertEquals(unexpected, isUnexpected(of(path), expect(unit, "dport=443")));
        }

        @Test
        void includesThePeerOfALocalFlow() {
            AttributedFlow local = new AttributedFlow(
                    FLOW.event(), Direction.LOCAL, Owner.unknown(Unattributed.PROCESS_GONE), FLOW.owner());
            assertTrue(isUnexpected(local, expect("cron.service", "dport=443")));
        }

        @Test
        void saysNothingIfTheUnitIsUnknown() {
            assertFalse(isUnexpected(Flows.outbound(Unattributed.PROCESS_GONE), expect("cron.service", "dport=443")));
        }
    }

    @Nested
    class OfExcludedFlows {
        private final FlowFilter none = new FlowFilter(List.of(), List.of(rule("proto=tcp")), Map.of());

        private static WatchLists list(Path directory, String line) throws IOException {
            Path file = Files.writeString(directory.resolve("list"), line);
            return new WatchLists(
                    List.of(new WatchLists.Named("bad", WatchList.read(List.of(file), WatchLists.MOST_ENTRIES))));
        }

        @Test
        void keepsThoseOfAWatchList(@TempDir Path directory) throws IOException {
            FlowPolicy policy = new FlowPolicy(none, list(directory, "195.24.232.208"), Expectations.NONE);
            assertTrue(policy.mayLog(FLOW.event()));
            assertEquals(FLOW.withScrutiny(new Scrutiny("bad", false)), policy.examine(FLOW));
        }

        @Test
        void attributesThoseThatMayHaveAName(@TempDir Path directory) throws IOException {
            FlowPolicy policy = new FlowPolicy(none, list(directory, "example.org"), Expectations.NONE);
            assertTrue(policy.mayLog(FLOW.event()));
            assertNull(policy.examine(FLOW));
        }

        @Test
        void keepsUnexpectedFlows() {
            FlowPolicy policy = new FlowPolicy(
                    none, WatchLists.NONE, new Expectations(List.of(expect("cron.service", "dport=443"))));
            assertTrue(policy.mayLog(FLOW.event()));
            assertEquals(FLOW.withScrutiny(new Scrutiny(null, true)), policy.examine(FLOW));
        }

        @Test
        void dropsTheRest(@TempDir Path directory) throws IOException {
            FlowPolicy policy = new FlowPolicy(none, list(directory, "192.0.2.1"), Expectations.NONE);
            assertFalse(policy.mayLog(FLOW.event()));
            assertNull(policy.examine(FLOW));
            FlowPolicy expecting = new FlowPolicy(
                    none, WatchLists.NONE, new Expectations(List.of(expect("cron.service", "dport=80"))));
            assertNull(expecting.examine(FLOW));
        }
    }
}
