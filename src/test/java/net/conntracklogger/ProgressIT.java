// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import net.conntracklogger.testbed.Child;
import org.junit.jupiter.api.Test;

/** Entries of flows that last ({@code ProgressSec=}). */
class ProgressIT extends ServiceFixture {
    private static final List<String> OF_THE_ENTRY = List.of("MESSAGE", "MESSAGE_ID", "FLOW_EVENT");

    @Test
    void haveTheFieldsOfTheBeginningAndTheBytesSoFar() throws Exception {
        start("[Log]\nProgressSec=1s\n", "--output=json");
        try (DatagramChannel responder = DatagramChannel.open().bind(at("127.0.0.1", 0));
                DatagramChannel initiator = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            initiator.send(ByteBuffer.allocate(100), responder.getLocalAddress());
            Map<String, String> beginning = LoggedEntries.next(service, "new");
            Map<String, String> first = LoggedEntries.next(service, "progress");
            initiator.send(ByteBuffer.allocate(50), responder.getLocalAddress());
            responder.send(ByteBuffer.allocate(7), initiator.getLocalAddress());
            Map<String, String> second = LoggedEntries.next(service, "progress");
            assertEquals(List.of("128", "1", "0", "0"), counters(first));
            assertEquals(List.of("206", "2", "35", "1"), counters(second));
            String message = "udp .* local, progress, orig 128 B, reply 0 B, pid " + SELF + " .*";
            assertTrue(first.get("MESSAGE").matches(message), first::toString);
            first.keySet().retainAll(beginning.keySet());
            OF_THE_ENTRY.forEach(field -> {
                first.remove(field);
                beginning.remove(field);
            });
            assertEquals(beginning, first);
        }
    }

    @Test
    void stopAtTheEndWhichIsNotLogged() throws Exception {
        start("[Log]\nProgressSec=1s\n", "--output=json");
        try (DatagramChannel one = DatagramChannel.open().bind(at("127.0.0.1", 0));
                DatagramChannel other = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            send(one, at("127.0.0.1", 9));
            LoggedEntries.next(service, "progress");
            Child.run("conntrack", "-D", "-p", "udp");
            send(other, at("127.0.0.1", 9));
            LoggedEntries.next(service, "new");
            for (int pass = 0; pass < 2; pass++) {
                assertEquals(
                        port(other.getLocalAddress()),
                        LoggedEntries.next(service, "progress").get("FLOW_SPORT"));
            }
            service.terminate();
            assertTrue(LoggedEntries.allFlows(service).stream()
                    .noneMatch(entry -> entry.get("FLOW_EVENT").equals("end")));
        }
    }

    private static List<String> counters(Map<String, String> entry) {
        return List.of(
                entry.get("FLOW_ORIG_BYTES"),
                entry.get("FLOW_ORIG_PACKETS"),
                entry.get("FLOW_REPLY_BYTES"),
                entry.get("FLOW_REPLY_PACKETS"));
    }
}
