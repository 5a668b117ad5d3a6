// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.Test;

/** Bytes and packets in the entry of a flow's end. */
class FlowCountersIT extends ServiceFixture {
    /** Of an IPv4 and a UDP header. */
    private static final int HEADERS_BYTES = 28;

    @Test
    void areThoseOfThePacketsAndThoseThatConntrackPrints() throws Exception {
        start("[Log]\nEvents=new end\n", "--output=json");
        try (Child conntrack = Child.start("stdbuf", "-oL", "conntrack", "-E", "-e", "DESTROY", "-p", "udp");
                DatagramChannel responder = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            awaitListenersForEnds(2);
            Map<String, List<Long>> sent = new TreeMap<>();
            for (int flow = 1; flow <= 20; flow++) {
                try (DatagramChannel initiator = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
                    sent.put(port(initiator.getLocalAddress()), exchange(initiator, responder, flow));
                }
            }
            Child.run("conntrack", "-D", "-p", "udp");
            Map<String, List<Long>> logged = new TreeMap<>();
            Map<String, List<Long>> printed = new TreeMap<>();
            while (logged.size() < sent.size()) {
                Map<String, String> end = LoggedEntries.next(service, "end");
                logged.put(end.get("FLOW_SPORT"), counters(end));
            }
            while (printed.size() < sent.size()) {
                printed.putAll(parse(conntrack.output().next()));
            }
            assertEquals(sent, logged);
            assertEquals(printed, logged);
        }
    }

    /** Sends packets both ways. Returns bytes and packets of the original, then of the reply direction. */
    private static List<Long> exchange(DatagramChannel initiator, DatagramChannel responder, int packets)
            throws IOException {
        long bytes = 0;
        for (int packet = 1; packet <= packets; packet++) {
            initiator.send(ByteBuffer.allocate(100 * packet), responder.getLocalAddress());
            bytes += 100L * packet + HEADERS_BYTES;
        }
        InetSocketAddress back = (InetSocketAddress) initiator.getLocalAddress();
        for (int packet = 0; packet < packets / 2; packet++) {
            responder.send(ByteBuffer.allocate(packets), back);
        }
        long replies = packets / 2;
        return List.of(bytes, (long) packets, replies * (packets + HEADERS_BYTES), replies);
    }

    private static List<Long> counters(Map<String, String> end) {
        return List.of(
                Long.valueOf(end.get("FLOW_ORIG_BYTES")),
                Long.valueOf(end.get("FLOW_ORIG_PACKETS")),
                Long.valueOf(end.get("FLOW_REPLY_BYTES")),
                Long.valueOf(end.get("FLOW_REPLY_PACKETS")));
    }

    /** Returns the counters that a line of conntrack(8) prints, by source port. */
    private static Map<String, List<Long>> parse(String line) {
        Matcher matcher = Pattern.compile(
                        ".* sport=(\\d+) .*?packets=(\\d+) bytes=(\\d+) .*packets=(\\d+) bytes=(\\d+).*")
                .matcher(line);
        assertTrue(matcher.matches(), line);
        return Map.of(
                matcher.group(1),
                List.of(
                        Long.valueOf(matcher.group(3)),
                        Long.valueOf(matcher.group(2)),
                        Long.valueOf(matcher.group(5)),
                        Long.valueOf(matcher.group(4))));
    }

    /** Waits until this many sockets have joined the multicast group NFNLGRP_CONNTRACK_DESTROY. */
    private static void awaitListenersForEnds(int sockets) throws Exception {
        Wait.until(
                sockets + " sockets have joined",
                () -> netlinkSockets()
                                .filter(columns -> columns[1].equals("12") && (Long.parseLong(columns[3], 16) & 4) != 0)
                                .count()
                        == sockets);
    }
}
