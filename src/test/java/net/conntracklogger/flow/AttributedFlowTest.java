// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.process.UnitPath;
import org.junit.jupiter.api.Test;

class AttributedFlowTest {
    private static final String INVOCATION = "9eb8f6637dc94d508934de53c7705ccd";
    private static final Supplier<String> NOBODY = Identity.UNKNOWN.user();
    private static final Supplier<String> NO_DIGEST = Identity.UNKNOWN.exeDigest();

    /** Each character of a name and each digit needs at least a byte, for the owner and for the peer. */
    @Test
    void countsTheIdentityInItsHeap() {
        int nobody = retainedBytes(Identity.UNKNOWN);
        assertTrue(retainedBytes(new Identity(INVOCATION, NOBODY, NO_DIGEST)) >= nobody + 32);
        assertTrue(retainedBytes(new Identity(null, AttributedFlowTest::asked, NO_DIGEST)) >= nobody + 32);
        assertTrue(retainedBytes(new Identity(null, NOBODY, AttributedFlowTest::asked)) >= nobody + 64);
        Identity all = new Identity(INVOCATION, AttributedFlowTest::asked, AttributedFlowTest::asked);
        AttributedFlow both = new AttributedFlow(
                Flows.event(Flows.HTTP), Direction.LOCAL, owner(Identity.UNKNOWN), owner(Identity.UNKNOWN));
        AttributedFlow known =
                new AttributedFlow(Flows.event(Flows.HTTP), Direction.LOCAL, owner(Identity.UNKNOWN), owner(all));
        assertTrue(known.retainedBytes() >= both.retainedBytes() + 32 + 32 + 64);
    }

    /** To count the heap must not wait for a lookup. */
    private static String asked() {
        throw new AssertionError("it waits for an answer");
    }

    private static int retainedBytes(Identity identity) {
        return Flows.of(Flows.event(Flows.HTTP), Direction.OUTBOUND, owner(identity))
                .retainedBytes();
    }

    private static Owner owner(Identity identity) {
        ControlGroup group = UnitPath.parse("/system.slice/cron.service");
        return Owner.of(OwnerSource.BPF, Flows.process("curl", "curl -s http://example.org"), group, identity);
    }
}
