// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.channels.DatagramChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.netfilter.TrackingTable;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Flows whose records were evicted from a map that is too small. */
@KernelTest
@SuppressWarnings("try") // Blocks hold tracking tables without using them.
final class EvictedOwnerIT {
    private static final int FLOWS = 5000;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf().ofAllNamespaces().withFlowRecords(1);

    @Test
    void isCountedOfAFlowOfAnotherNamespace(OwnNetwork container) throws Exception {
        bed.stopTracking();
        try (TrackingTable tracking = container.call(TrackingTable::add);
                Child resident = container.resident()) {
            container.call(() -> {
                try (DatagramChannel socket = DatagramChannel.open()) {
                    for (int port = 1; port <= FLOWS; port++) {
                        Endpoint.send(socket, Endpoint.at("127.0.0.1", port));
                    }
                }
                return null;
            });
            AttributedFlow flow = bed.attribute(bed.event());
            assertFlow(flow).isIn(container);
            assertOwner(flow).isUnknown(Unattributed.OTHER_NETNS);
            assertEquals(1, bed.records().shortage().flows());
        }
    }
}
