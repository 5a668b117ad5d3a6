// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.netfilter.tracking.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Single flows in the kernel's table, before and after their deletion. */
@KernelTest
class ConntrackLookupIT {
    private static final int PATIENCE_MILLIS = 30_000;

    private TrackingTable tracking;
    private ConntrackSocket events;
    private ConntrackLookup table;

    @BeforeEach
    void open() throws IOException {
        events = ConntrackSocket.open(1 << 20);
        tracking = TrackingTable.add();
        table = ConntrackLookup.open();
    }

    @AfterEach
    void close() {
        table.close();
        tracking.close();
        events.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void findsUdp(String host) throws Exception {
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at(host, 9));
            assertGoneOnceDeleted(event());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void findsTcp(String host) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(at(host, 0));
                SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
            assertTrue(client.isConnected());
            assertGoneOnceDeleted(event());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void findsPing(String host) throws Exception {
        Child.run("ping", "-c", "1", host);
        assertGoneOnceDeleted(event());
    }

    @Test
    void findsTranslatedFlows() throws Exception {
        Child.nft("""
                table ip nat { chain c { type nat hook output priority -100; udp dport 9 dnat to 127.0.0.1:10; }; }
                """);
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.2", 9));
            FlowEvent flow = event();
            assertTrue(flow.isTranslated());
            assertGoneOnceDeleted(flow);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"zone", "original zone", "reply zone"})
    void findsFlowsOfAZone(String zone) throws Exception {
        Child.nft("table inet zones { chain c { type filter hook output priority -300; udp dport 9 ct %s set 7; }; }"
                .formatted(zone));
        try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent inZone = event();
            assertEquals(zone.equals("zone") ? 7 : 0, inZone.zone());
            assertGoneOnceDeleted(inZone);
        }
    }

    /** The same tuple in another zone is another flow. */
    @Test
    void distinguishesZones() throws Exception {
        try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent inNone = event();
            Child.nft("table inet zones { chain c { type filter hook output priority -300; ct zone set 7; }; }");
            send(socket, at("127.0.0.1", 9));
            FlowEvent inZone = event();
            assertEquals(inNone.original(), inZone.original());
            Child.run("conntrack", "-D", "-p", "udp", "--zone", "0");
            assertTrue(table.isGone(inNone));
            assertFalse(table.isGone(inZone));
        }
    }

    @Test
    void findsAReversedFlow() throws Exception {
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            assertGoneOnceDeleted(event().reversed());
        }
    }

    /** A flow that the kernel cannot be asked for counts as not gone. */
    @Test
    void reportsNoFlowGoneThatItCannotLookUp() throws Exception {
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            FlowEvent flow = event();
            Child.run("conntrack", "-F");
            assertTrue(table.isGone(flow));
            assertFalse(table.isGone(flow.in(new NetworkNamespace(1, "blue", 1))));
            assertTrue(table.isGone(of(Protocol.of(253), flow)));
            assertFalse(table.isGone(of(Protocol.GRE, flow)));
        }
    }

    /** A flow without ports between the same addresses. */
    private static FlowEvent of(Protocol protocol, FlowEvent flow) {
        FlowTuple udp = flow.original();
        FlowTuple tuple = new FlowTuple(udp.source(), udp.destination(), protocol, Layer4.None.NONE);
        return new FlowEvent(flow.kind(), flow.id(), tuple, tuple.reversed(), 0, 0, false, 0, null, null);
    }

    private void assertGoneOnceDeleted(FlowEvent flow) throws Exception {
        assertFalse(table.isGone(flow));
        FlowEvent other = new FlowEvent(
                flow.kind(), flow.id() ^ 1, flow.original(), flow.reply(), 0, flow.zone(), false, 0, null, null);
        assertTrue(table.isGone(other), "another flow has its tuple");
        Child.run("conntrack", "-F");
        assertTrue(table.isGone(flow));
    }

    private FlowEvent event() throws IOException {
        FlowEvent event = events.await(PATIENCE_MILLIS);
        assertNotNull(event, "no event");
        return event;
    }
}
