// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In these namespaces nothing but the table enables conntrack. */
@KernelTest
class TrackingTableIT {
    private ConntrackSocket events;

    @BeforeEach
    void open() throws IOException {
        events = ConntrackSocket.open(1 << 20);
    }

    @AfterEach
    void close() {
        events.close();
    }

    @Test
    void enablesTrackingWhileItExists() throws Exception {
        assertFalse(isFlowReported());
        try (TrackingTable table = TrackingTable.add()) {
            assertEquals("conntrack_logger", table.name());
            assertEquals("table inet conntrack_logger", firstTable());
            assertTrue(isFlowReported());
        }
        assertEquals("", firstTable());
        assertFalse(isFlowReported());
    }

    @Test
    void survivesAFlushedRuleset() throws Exception {
        try (TrackingTable table = TrackingTable.add()) {
            Child.nft("flush ruleset");
            assertEquals("table inet " + table.name(), firstTable());
            assertTrue(isFlowReported());
        }
    }

    @Test
    void isAddedAgainIfSomebodyRemovedIt() throws Exception {
        try (TrackingTable table = TrackingTable.add()) {
            assertFalse(table.restore(), "it is there");
            String self = Long.toString(ProcessHandle.current().pid());
            Child.run("debian/tests/remove-table", self, table.name());
            assertEquals("", firstTable());
            assertFalse(isFlowReported());
            assertTrue(table.restore());
            assertEquals("table inet conntrack_logger", firstTable());
            assertTrue(isFlowReported());
            Child.nft("flush ruleset");
            assertEquals("table inet conntrack_logger", firstTable(), "this process owns it");
        }
    }

    @Test
    void isHookedIntoNoPath() throws Exception {
        try (TrackingTable table = TrackingTable.add()) {
            assertFalse(Child.run("nft", "list", "table", "inet", table.name()).contains("hook"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void sharesTheNamespaceWithAnotherInstance(boolean firstClosesFirst) throws Exception {
        try (TrackingTable one = TrackingTable.add();
                TrackingTable other = TrackingTable.add()) {
            assertNotEquals(one.name(), other.name());
            TrackingTable stays = firstClosesFirst ? other : one;
            (firstClosesFirst ? one : other).close();
            assertEquals("table inet " + stays.name(), firstTable());
            assertTrue(isFlowReported());
            stays.close();
            assertFalse(isFlowReported());
        }
    }

    private static String firstTable() throws Exception {
        return Child.run("nft", "list", "tables").lines().findFirst().orElse("").strip();
    }

    /** The kernel sends an event before the call that sends the packet returns. */
    private boolean isFlowReported() throws IOException {
        try (DatagramChannel socket = DatagramChannel.open()) {
            send(socket, at("127.0.0.1", 9));
            return events.await(100) != null;
        }
    }
}
