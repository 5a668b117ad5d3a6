// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.capture.SampleFlows.begun;
import static net.conntracklogger.capture.SampleFlows.end;
import static net.conntracklogger.capture.SampleFlows.existing;
import static org.junit.jupiter.api.Assertions.assertEquals;

import net.conntracklogger.flow.NetworkNamespace;
import org.junit.jupiter.api.Test;

class FlowCountsTest {
    private final FlowCounts counts = new FlowCounts();

    @Test
    void countsNewAndExistingFlowsButNoEnds() {
        counts.onEvent(begun(1).event());
        counts.onEvent(existing(2).event());
        counts.onEvent(end(1).event());
        assertEquals(2, counts.flows());
        assertEquals(1, counts.newFlows());
    }

    /** Whether tracking is active in the host namespace is not to be seen in another. */
    @Test
    void countsNewFlowsOfTheHostNamespaceOnly() {
        counts.onEvent(begun(1).event().in(new NetworkNamespace(1, "far", 4_026_532_008L)));
        assertEquals(1, counts.flows());
        assertEquals(0, counts.newFlows());
    }

    @Test
    void countsFlowsThatHaveAProcess() {
        counts.onAttributed(begun(1));
        counts.onAttributed(end(1));
        assertEquals(1, counts.attributed());
    }
}
