// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.capture.SampleFlows.begun;
import static net.conntracklogger.capture.SampleFlows.end;
import static net.conntracklogger.capture.SampleFlows.lasting;
import static net.conntracklogger.capture.SampleFlows.progressOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.concurrent.Failures;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;
import org.junit.jupiter.api.Test;

class LastingFlowsTest {
    private static final long SECOND = 1_000_000;

    private final OpenFlows open = new OpenFlows(/* most= */ 10, 1 << 20);
    private final Failures failures = new Failures();
    private final FlowProgress source = new FlowProgress(
            wanted -> {
                throw new LinuxException("open", "conntrack table", Errno.EPERM, "");
            },
            /* seconds= */ 3600);
    private final LastingFlows lasting = new LastingFlows(source, open, failures);

    private List<AttributedFlow> take(FlowEvent flow) throws InterruptedException {
        source.pass(new FlowProgress.Sighting(flow, Flows.BEGAN + 100 * SECOND, Flows.BEGAN + 50 * SECOND));
        return lasting.take();
    }

    @Test
    void haveTheFactsOfTheirBeginning() throws InterruptedException {
        open.add(begun(1));
        assertEquals(List.of(progressOf(begun(1))), take(lasting(1, Flows.BEGAN)));
        assertEquals(begun(1), open.get(1), "it goes on");
    }

    @Test
    void areNotThoseThatEnded() throws InterruptedException {
        open.add(begun(1));
        lasting.onEvent(end(1).event());
        open.end(end(1));
        assertEquals(List.of(), take(lasting(1, Flows.BEGAN)));
        assertTrue(failures.counts().isEmpty());
    }

    @Test
    void areNotYoungerFlowsInTheSamePlace() throws InterruptedException {
        open.add(begun(1, Flows.BEGAN + 90 * SECOND));
        assertEquals(List.of(), take(lasting(1, Flows.BEGAN)));
    }

    @Test
    void lackAnOwnerIfTheirBeginningIsForgotten() throws InterruptedException {
        AttributedFlow flow = take(lasting(1, Flows.BEGAN)).get(0);
        assertEquals(Unattributed.BEGINNING_UNKNOWN, flow.owner().reason());
        assertEquals(Flows.BEGAN, flow.event().timestamp());
    }

    /** The end of the flow may be among those that are forgotten. */
    @Test
    void areCountedIfTooManyFlowsEnded() throws InterruptedException {
        for (int id = 2; id < (1 << 16) + 3; id++) {
            lasting.onEvent(end(id).event());
        }
        assertEquals(List.of(), take(lasting(1, Flows.BEGAN)));
        assertEquals(1, failures.counts().get("progress").number());
    }
}
