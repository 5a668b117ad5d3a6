// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.delivery.LossLedger;
import net.conntracklogger.delivery.ObservationQueue;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.UnitName;
import net.conntracklogger.handover.EntryNumbers;
import net.conntracklogger.handover.UnwrittenEvents;
import net.conntracklogger.summary.Summaries;
import net.conntracklogger.testbed.StepBenchmark;
import net.conntracklogger.watch.FirstSeen;
import net.conntracklogger.watch.FlowPolicy;
import net.conntracklogger.watch.ManyEntries;
import net.conntracklogger.watch.SeenPairs;
import net.conntracklogger.watch.WatchLists;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Compares flows with rules, two expectations and a watch list of a million entries. Flows that none of them names go on to
 * {@code Aggregate=} and {@code FirstSeen=}, as in {@link LoggedFlows}.
 */
public class SelectionBenchmark extends StepBenchmark {
    private static FlowPolicy policy(ManyEntries list) throws IOException, RuleException {
        FlowFilter filter = new FlowFilter(
                List.of(),
                List.of(
                        FlowRule.parse("service=filebeat.service dst=192.0.2.10 dport=5044"),
                        FlowRule.parse("direction=local dport=9100 service=prometheus.service"),
                        FlowRule.parse("dname=*.example.com user=root")),
                Map.of("root", 0L));
        Expectations expectations = new Expectations(
                List.of(
                        new Expectation(
                                new UnitName("nginx.service"),
                                List.of(FlowRule.parse("direction=inbound dport=80,443"))),
                        new Expectation(
                                new UnitName("cron.service"),
                                List.of(
                                        FlowRule.parse("direction=outbound proto=udp dport=53"),
                                        FlowRule.parse(
                                                "direction=outbound proto=tcp dname=*.example.org user=1000 exe=/usr/bin/*")))));
        return new FlowPolicy(filter, new WatchLists(List.of(new WatchLists.Named("bad", list.read()))), expectations);
    }

    /** Returns a flow of cron.service. */
    private static AttributedFlow flow(Owner owner, IpAddress destination, String name) {
        String source = destination.v6() ? "fd00::1" : "10.0.0.1";
        return Flows.of(Flows.event(Flows.tcp(source, 40_000, destination.toString(), 443)), Direction.OUTBOUND, owner)
                .withNames(List.of(new DestinationName(RawText.of(name), Flows.BEGAN)));
    }

    /** Flows that nothing selects: of cron.service to random addresses, half of them IPv6. */
    @State(Scope.Thread)
    public static class Usual {
        /** Twice as many as Aggregate= counts repeats of. */
        private static final int FLOWS = 32_768;

        /** The flows that come again and again. Repeats of the first half are counted, the others stay whole. */
        private static final int FIRST = 14_336;

        private static final int LAST = 18_431;

        @Param
        public ManyEntries list;

        private final AttributedFlow[] flows = new AttributedFlow[FLOWS];
        private final FirstSeen firstSeen = new FirstSeen();
        private FlowPolicy policy;
        private Summaries summaries;
        private int next = FIRST;

        @Setup
        public void open() throws IOException, RuleException, ConfigurationException {
            policy = policy(list);
            summaries = new Summaries(
                    aggregating(),
                    new ObservationQueue(1, 1, new LossLedger(), System::nanoTime, EntryNumbers.NONE),
                    EntryNumbers.NONE,
                    /* before= */ null,
                    flow -> flow.scrutiny().isAlert(),
                    System::nanoTime,
                    new Random(1));
            firstSeen.begin(1);
            firstSeen.complete(new SeenPairs(1));
            Random random = new Random(2);
            Owner owner = Flows.outbound().owner();
            for (int i = 0; i < FLOWS; i++) {
                IpAddress destination = i % 2 == 0
                        ? IpAddress.v4(10 << 24 | random.nextInt() >>> 8)
                        : new IpAddress(true, 0xfd00L << 48, random.nextLong());
                flows[i] = flow(owner, destination, "www" + i + ".cdn.example.org");
                assertTrue(policy.mayLog(flows[i].event()));
                assertSame(flows[i], policy.examine(flows[i]), "flagged or excluded");
                summaries.take(flows[i], UnwrittenEvents.NONE, /* asEnd= */ false);
                firstSeen.mark(flows[i]);
            }
        }

        private static Configuration aggregating() throws IOException, ConfigurationException {
            Path file = Files.createTempFile("benchmark-", ".conf");
            try {
                return ConfigurationReader.readExisting(Files.writeString(file, "[Log]\nAggregate=1min\n"));
            } finally {
                Files.delete(file);
            }
        }
    }

    /** A flow to a listed address, and one to a name whose grandparent is listed. */
    @State(Scope.Thread)
    public static class Hits {
        private FlowPolicy policy;
        private AttributedFlow toAddress;
        private AttributedFlow toName;

        @Setup
        public void open() throws IOException, RuleException {
            policy = policy(ManyEntries.MIXED);
            Owner owner = Flows.outbound().owner();
            toAddress = flow(owner, address(ManyEntries.ADDRESS), "www.example.org");
            toName = flow(owner, address("10.0.0.2"), "a.b." + ManyEntries.NAME);
            for (AttributedFlow flow : List.of(toAddress, toName)) {
                assertEquals("bad", policy.examine(flow).scrutiny().watch());
            }
        }
    }

    @Benchmark
    public AttributedFlow usual(Usual usual) {
        AttributedFlow flow = usual.flows[usual.next];
        usual.next = usual.next == Usual.LAST ? Usual.FIRST : usual.next + 1;
        if (!usual.policy.mayLog(flow.event())) {
            return null;
        }
        AttributedFlow examined = usual.policy.examine(flow);
        return examined == null || usual.summaries.take(examined, UnwrittenEvents.NONE, /* asEnd= */ false)
                ? null
                : usual.firstSeen.mark(examined);
    }

    @Benchmark
    public AttributedFlow listedAddress(Hits hits) {
        return hits.policy.examine(hits.toAddress);
    }

    @Benchmark
    public AttributedFlow listedName(Hits hits) {
        return hits.policy.examine(hits.toName);
    }
}
