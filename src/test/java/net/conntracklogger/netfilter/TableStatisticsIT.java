// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel compares the flows of each network namespace with its one limit, so a table of the test's own can be full. */
@KernelTest
class TableStatisticsIT {
    /** The kernel yields the number in one read(2) only, and Java reads one byte first. */
    private static final String LIMIT = "/proc/sys/net/netfilter/nf_conntrack_max";
    /** More would take minutes and gigabytes. */
    private static final long MOST = 600_000;

    @Test
    @Timeout(120)
    void countsPacketsThatAFullTableDrops(@TempDir Path directory) throws Exception {
        long limit = Long.parseLong(Child.run("cat", LIMIT));
        assumeTrue(limit <= MOST, "nf_conntrack_max=" + limit);
        try (TrackingTable tracking = TrackingTable.add();
                TableStatistics statistics = TableStatistics.open()) {
            TableCounts before = statistics.read();
            sendOne(9);
            assertEquals(TableCounts.NONE, statistics.read().since(before), "there is room for " + tracking.name());
            fill(limit - Long.parseLong(Child.run("conntrack", "--count")), directory);
            sendOne(10);
            sendOne(11);
            TableCounts dropped = statistics.read().since(before);
            assertTrue(dropped.dropped() >= 2, dropped::toString);
            assertTrue(dropped.isFull());
            Child.run("conntrack", "--flush");
            before = statistics.read();
            sendOne(12);
            assertFalse(statistics.read().since(before).isFull());
        }
    }

    /** Adds flows that the kernel does not evict early: those that are assured. */
    private static void fill(long count, Path directory) throws Exception {
        StringBuilder commands = new StringBuilder();
        for (int i = 0; i < count; i++) {
            String address = "10.%d.%d.%d".formatted(i >> 16, i >> 8 & 255, i & 255);
            commands.append("-A -w 0 -t 300 -u SEEN_REPLY,ASSURED -p udp -s ").append(address);
            commands.append(" -d 10.200.0.1 -r 10.200.0.1 -q ").append(address);
            commands.append(" --sport 1000 --dport 53 --reply-port-src 53 --reply-port-dst 1000\n");
        }
        Path file = Files.writeString(directory.resolve("flows"), commands);
        Child.run("conntrack", "-R", file.toString());
    }

    /** A full table refuses the packet; the error of the call does not matter. */
    private static void sendOne(int port) {
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", port));
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("not permitted"), e::getMessage);
        }
    }
}
