// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.regex.Pattern;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Unattributed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FlowAssertTest {
    private static final AttributedFlow FLOW = Flows.outbound(Unattributed.LATE);

    static List<Executable> wrongAssertions() {
        return List.of(
                () -> assertFlow(FLOW).runs(Direction.INBOUND),
                () -> assertFlow(FLOW).runs(null),
                () -> assertFlow(FLOW).isTranslated(),
                () -> assertFlow(FLOW).isMidstream(),
                () -> assertFlow(FLOW).isInNamespaceNamed("blue"),
                () -> assertFlow(FLOW).hasDestination("192.0.2.200"),
                () -> assertFlow(FLOW).hasTuples("", ""),
                () -> assertOwner(FLOW).isUnknown(Unattributed.PROCESS_GONE),
                () -> assertOwner(FLOW).by(OwnerSource.BPF),
                () -> assertOwner(FLOW).isThisProcess(),
                () -> assertOwner(FLOW).isProcess(new EndedProcess(1, "mark")),
                () -> assertOwner(FLOW).descendsFrom(1),
                () -> assertOwner(FLOW).hasUid(0),
                () -> assertOwner(FLOW).hasExecutable("/bin/true"),
                () -> assertOwner(FLOW).isInCgroup("/"),
                () -> assertPeer(FLOW));
    }

    @ParameterizedTest
    @MethodSource("wrongAssertions")
    void printsTheFlowOnceIfAnAssertionFails(Executable wrong) {
        String message = assertThrows(AssertionError.class, wrong).getMessage();
        assertEquals(2, message.split(Pattern.quote("" + FLOW.event()), -1).length, message);
    }

    @Test
    void acceptsWhatIsTrue() {
        assertFlow(FLOW)
                .runs(Direction.OUTBOUND)
                .isNotTranslated()
                .isInTestNamespace()
                .hasNoPeer()
                .hasOneCommunityId();
        assertOwner(FLOW).isUnknown(Unattributed.LATE).by(null);
    }
}
