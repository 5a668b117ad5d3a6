// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import com.sun.management.ThreadMXBean;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.Expectations;
import net.conntracklogger.filter.FlowFilter;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.UnitName;

/**
 * Prints what rules, a watch list of a million entries and expectations cost a flow together that none of them names: the usual
 * flow. Prints what it costs to know that a pair is not the first of its kind among 100,000. {@code packaging/benchmark filters} runs it.
 */
public final class PolicyBenchmark {
    private static final int FLOWS = 100_000;
    private static final int ROUNDS = 40;
    /** Rounds in which the JIT compiler works. */
    private static final int WARM_UP = 20;

    private PolicyBenchmark() {}

    public static void main(String[] arguments) throws IOException, RuleException {
        Path file = Files.createTempFile("watch-list", ".txt");
        try {
            for (String kind : List.of("v4", "v6", "names", "all")) {
                write(file, kind);
                measure(kind, file);
            }
        } finally {
            Files.delete(file);
        }
        measureFirstSeen();
    }

    private static void measureFirstSeen() {
        FirstSeen seen = new FirstSeen();
        seen.begin(1);
        seen.complete(new SeenPairs(1));
        List<AttributedFlow> flows = flows();
        if (seen.mark(flows.get(0)).scrutiny().firstSeen() == null) {
            throw new AssertionError("the first of a pair is not marked");
        }
        flows.forEach(seen::mark);
        long best = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < flows.size(); i++) {
                if (seen.mark(flows.get(i)).scrutiny().firstSeen() != null) {
                    throw new AssertionError("a pair is called first twice");
                }
            }
            best = round < WARM_UP ? best : Math.min(best, System.nanoTime() - start);
        }
        System.out.printf("pairs  %d ns a flow%n", best / FLOWS);
    }

    private static void write(Path file, String kind) throws IOException {
        Random random = new Random(1);
        try (BufferedWriter lines = Files.newBufferedWriter(file)) {
            for (int i = 0; i < WatchLists.MOST_ENTRIES; i++) {
                int of = kind.equals("all")
                        ? i % 3
                        : List.of("v4", "v6", "names").indexOf(kind);
                // All are outside of 10.0.0.0/8, fd00::/8 and example.org, from which the flows are.
                lines.write(
                        switch (of) {
                            case 0 -> IpAddress.v4((random.nextInt() & 0x7fff_ffff) | 0x8000_0000) + "\n";
                            case 1 ->
                                new IpAddress(true, 0x2001_0db8L << 32 | random.nextInt() >>> 1, random.nextLong())
                                        + "\n";
                            default -> "h" + Integer.toHexString(random.nextInt()) + ".example.com\n";
                        });
            }
        }
    }

    private static void measure(String kind, Path file) throws IOException, RuleException {
        long before = usedHeap();
        long begun = System.nanoTime();
        WatchList list = WatchList.read(List.of(file), WatchLists.MOST_ENTRIES);
        long reading = System.nanoTime() - begun;
        long heap = usedHeap() - before;
        FlowPolicy policy =
                new FlowPolicy(filter(), new WatchLists(List.of(new WatchLists.Named("bad", list))), expect());
        List<AttributedFlow> flows = flows();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long best = Long.MAX_VALUE;
        long allocated = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long allocatedBefore = threads.getThreadAllocatedBytes(thread);
            long start = System.nanoTime();
            for (int i = 0; i < flows.size(); i++) {
                AttributedFlow examined = policy.examine(flows.get(i));
                if (!policy.mayLog(flows.get(i).event())
                        || examined == null
                        || examined.scrutiny().unexpected()) {
                    throw new AssertionError("a usual flow is flagged or excluded");
                }
            }
            long time = System.nanoTime() - start;
            allocated = threads.getThreadAllocatedBytes(thread) - allocatedBefore;
            best = round < WARM_UP ? best : Math.min(best, time);
        }
        System.out.printf(
                "%-6s %,d entries read in %.1f s, %.1f MiB; %d ns and %.2f bytes allocated a flow%n",
                kind, list.entries(), reading / 1e9, heap / 1048576.0, best / FLOWS, (double) allocated / FLOWS);
    }

    private static long usedHeap() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }

    private static FlowFilter filter() throws RuleException {
        return new FlowFilter(
                List.of(),
                List.of(
                        FlowRule.parse("service=filebeat.service dst=192.0.2.10 dport=5044"),
                        FlowRule.parse("direction=local dport=9100 service=prometheus.service"),
                        FlowRule.parse("dname=*.example.com user=root")),
                Map.of("root", 0L));
    }

    private static Expectations expect() throws RuleException {
        return new Expectations(
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
    }

    /** Flows of cron.service to random addresses, half of them IPv6, each with a name. */
    private static List<AttributedFlow> flows() {
        Random random = new Random(2);
        Owner owner = Flows.outbound().owner();
        List<AttributedFlow> flows = new ArrayList<>();
        for (int i = 0; i < FLOWS; i++) {
            String source = i % 2 == 0 ? "10.0.0.1" : "fd00::1";
            String destination = i % 2 == 0
                    ? IpAddress.v4(10 << 24 | random.nextInt() >>> 8).toString()
                    : new IpAddress(true, 0xfd00L << 48, random.nextLong()).toString();
            FlowTuple tuple = Flows.tcp(source, 40_000, destination, 443);
            DestinationName name = new DestinationName(RawText.of("www" + i + ".cdn.example.org"), Flows.BEGAN);
            flows.add(Flows.of(Flows.event(tuple), Direction.OUTBOUND, owner).withNames(List.of(name)));
        }
        return flows;
    }
}
