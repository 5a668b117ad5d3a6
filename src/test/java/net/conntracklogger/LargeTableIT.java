// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.NotifySocket;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A conntrack table with many flows at start, and the heap of the installed service. {@code src/test/system/large-table} runs
 * it with 2 million flows.
 */
class LargeTableIT extends ServiceFixture {
    /** Number of flows in the table. The default fits the default of net.netfilter.nf_conntrack_max, 262,144. */
    private static final int FLOWS = Integer.getInteger("large-table.flows", 200_000);

    private static final int PORTS = 50_000;
    private static final int FIRST_PORT = 10_000;
    private static final int SOME = 20_000;
    /** The flow of the test. The service probes with flows of its own when no other begins for a minute. */
    private static final String NEW = "new 127.0.0.1 " + FIRST_PORT;

    /** More existing flows than wait in the queue, and are written while the test sends the new flow. */
    private static final int MOST_BETWEEN = 10_000;

    private static final String TRACKING = "table inet own { chain unhooked { ct state new; }; }";
    private static final Path JVM_OPTIONS = Path.of("packaging/launcher/jvm.options");
    private static final long MOST_RESIDENT_KIB = 128 * 1024;
    private static final long MOST_START_NANOS = TimeUnit.SECONDS.toNanos(10);

    private Path output;

    private static void fill() throws Exception {
        Child.nft(TRACKING);
        Files.writeString(Path.of("/proc/sys/net/netfilter/nf_conntrack_udp_timeout"), "3600");
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int i = 0; i < FLOWS; i++) {
                send(socket, at("127.0.1." + i / PORTS, FIRST_PORT + i % PORTS));
            }
        }
        long tracked = Long.parseLong(Child.run("conntrack", "-C").strip());
        assertTrue(tracked >= FLOWS, "only " + tracked + " flows are tracked: raise net.netfilter.nf_conntrack_max");
    }

    /** Starts the service with the heap of the installed one, writes its entries to a file, and waits until it is ready. */
    private void startInstalled(String configuration) throws Exception {
        output = directory.resolve("output");
        List<String> command = new ArrayList<>(List.of("bash", "-c", "exec \"$@\" >" + output, "bash"));
        List<String> java =
                command(configuration, List.of("--output=text", "--format={FLOW_EVENT} {FLOW_DST} {FLOW_DPORT}"));
        command.add(java.get(0));
        Files.readAllLines(JVM_OPTIONS).stream()
                .filter(line -> line.startsWith("-X"))
                .forEach(command::add);
        command.addAll(java.subList(1, java.size()));
        String notifySocket = directory.resolve("notify").toString();
        manager = new NotifySocket(notifySocket);
        long began = System.nanoTime();
        service = Child.start(Map.of("NOTIFY_SOCKET", notifySocket), command);
        manager.await("READY=1", service);
        long took = System.nanoTime() - began;
        // Nobody reads the status, and a send would wait once ten are unread.
        manager.close();
        manager = null;
        assertTrue(took < MOST_START_NANOS, () -> "ready after " + took / 1_000_000 + " ms");
    }

    private long lines(String event) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(output)) {
            return lines.lines().filter(line -> line.startsWith(event)).count();
        }
    }

    private long linesBeforeNew() throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(output)) {
            return lines.lines().takeWhile(line -> !line.startsWith(NEW)).count();
        }
    }

    private long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + service.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void isLoggedOnceInBoundedMemoryAndDelaysNoNewFlow() throws Exception {
        fill();
        startInstalled("[Log]\nCommandLine=no\n");
        long began = System.nanoTime();
        Wait.until("some existing flows are logged", () -> lines("existing") > SOME);
        long sent = System.nanoTime();
        flood(List.of(FIRST_PORT));
        long before = lines("existing");
        Wait.until("the new flow is logged", () -> lines(NEW) == 1);
        long delay = System.nanoTime() - sent;
        while (lines("existing") < FLOWS) {
            assertTrue(service.isAlive(), () -> "the service ended");
            Thread.sleep(FLOWS / 1000);
        }
        long took = System.nanoTime() - began;
        long resident = residentKib();
        service.terminate();
        service.await();
        assertEachOnce();
        long between = linesBeforeNew() - before;
        assertTrue(between < MOST_BETWEEN, () -> between + " existing flows were logged before the new one");
        System.out.printf(
                Locale.ROOT,
                "%d existing flows in %.1f s, a new one among them after %.3f s; at most %d KiB resident%n",
                FLOWS,
                took / 1e9,
                delay / 1e9,
                resident);
        assertTrue(resident <= MOST_RESIDENT_KIB, () -> resident + " KiB resident");
    }

    private void assertEachOnce() throws IOException {
        BitSet logged = new BitSet(FLOWS);
        try (BufferedReader lines = Files.newBufferedReader(output)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                if (words[0].equals("existing")) {
                    int address = Integer.parseInt(words[1].substring(words[1].lastIndexOf('.') + 1));
                    int flow = address * PORTS + Integer.parseInt(words[2]) - FIRST_PORT;
                    assertTrue(!logged.get(flow), line + " twice");
                    logged.set(flow);
                }
            }
        }
        assertEquals(FLOWS, logged.cardinality());
        assertEquals(1, lines(NEW));
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void isLeftOutIfExistingFlowsAreNotLogged() throws Exception {
        fill();
        startInstalled("[Log]\nExisting=no\n");
        flood(List.of(FIRST_PORT));
        Wait.until("the new flow is logged", () -> lines(NEW) == 1);
        service.terminate();
        assertEquals(0, service.await());
        assertEquals(0, lines("existing"));
    }
}
