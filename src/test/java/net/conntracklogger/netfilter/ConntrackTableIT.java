// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.Endpoint.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The kernel's table, of flows that real sockets opened. */
@KernelTest
class ConntrackTableIT {
    private TrackingTable tracking;

    @BeforeEach
    void open() throws IOException {
        tracking = TrackingTable.add();
    }

    @AfterEach
    void close() {
        tracking.close();
    }

    @Test
    void isEmptyAtFirst() throws IOException {
        assertEquals(List.of(), readAll());
    }

    @Test
    void holdsTheFlowOfAnEvent() throws IOException {
        try (ConntrackSocket events = ConntrackSocket.open(1 << 20);
                DatagramChannel socket = DatagramChannel.open().bind(at("::1", 0))) {
            send(socket, at("::1", 9));
            FlowEvent event = events.receive();
            FlowEvent expected = new FlowEvent(
                    FlowEvent.Kind.EXISTING, event.id(), event.original(), event.reply(), 0, 0, false, 0, null, null);
            assertEquals(List.of(expected), readAll());
            assertEquals(
                    "udp %s > [::1]:9".formatted(text(socket.getLocalAddress())),
                    event.original().toString());
        }
    }

    @Test
    void holdsAllOfManyFlows() throws IOException {
        Set<Integer> ports = IntStream.range(10_000, 15_000).boxed().collect(Collectors.toSet());
        try (DatagramChannel socket = DatagramChannel.open()) {
            for (int port : ports) {
                send(socket, at("127.0.0.1", port));
            }
        }
        List<FlowEvent> flows = readAll();
        assertEquals(
                ports,
                flows.stream().map(flow -> flow.original().destinationPort()).collect(Collectors.toSet()));
        assertTrue(flows.stream().allMatch(flow -> flow.kind() == FlowEvent.Kind.EXISTING));
    }

    private static List<FlowEvent> readAll() throws IOException {
        try (ConntrackTable table = ConntrackTable.open(start -> true)) {
            List<FlowEvent> flows = new ArrayList<>();
            while (!table.isRead()) {
                flows.addAll(table.read());
            }
            assertEquals(0, table.malformed());
            return flows;
        }
    }
}
