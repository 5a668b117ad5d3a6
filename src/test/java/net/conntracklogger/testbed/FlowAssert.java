// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NetworkNamespace;

/** Assertions about a flow. A failure prints the whole flow, once. */
public final class FlowAssert {
    private final AttributedFlow flow;
    private final String subject;

    private FlowAssert(AttributedFlow flow) {
        this.flow = flow;
        this.subject = "" + flow;
    }

    public static FlowAssert assertFlow(AttributedFlow flow) {
        return new FlowAssert(flow);
    }

    /** Asserts that the flow has this direction. Null stands for none. */
    public FlowAssert runs(Direction direction) {
        assertEquals(direction, flow.direction(), subject);
        return this;
    }

    /** Asserts that the tuples print like this. {@code *} stands for the source port of the original tuple. */
    public FlowAssert hasTuples(String original, String reply) {
        assertEquals(original, text(flow.event().original(), original), subject);
        assertEquals(reply, text(flow.event().reply(), reply), subject);
        return this;
    }

    private String text(FlowTuple tuple, String pattern) {
        String port = ":" + flow.event().original().sourcePort();
        return pattern.contains(":*") ? tuple.toString().replace(port, ":*") : tuple.toString();
    }

    /** Asserts that the original destination is this address, in canonical text form. */
    public FlowAssert hasDestination(String address) {
        assertEquals(address, flow.event().original().destination().toString(), subject);
        return this;
    }

    public FlowAssert isTranslated() {
        assertTrue(flow.event().isTranslated(), subject);
        return this;
    }

    /** Asserts that packets of both directions have one Community ID, behind a translation too. */
    public FlowAssert hasOneCommunityId() {
        CommunityId ids = new CommunityId();
        assertEquals(ids.of(flow.event().translated()), ids.of(flow.event().reply()), subject);
        return this;
    }

    public FlowAssert isNotTranslated() {
        assertFalse(flow.event().isTranslated(), subject);
        return this;
    }

    public FlowAssert isMidstream() {
        assertTrue(flow.event().midstream(), subject);
        return this;
    }

    public FlowAssert isNotMidstream() {
        assertFalse(flow.event().midstream(), subject);
        return this;
    }

    /** Asserts that the network namespace of the test has tracked the flow. */
    public FlowAssert isInTestNamespace() {
        assertNull(flow.event().namespace(), subject);
        return this;
    }

    public FlowAssert isIn(NetworkNamespace namespace) {
        assertEquals(namespace, flow.event().namespace(), subject);
        return this;
    }

    public FlowAssert isIn(OwnNetwork network) throws Exception {
        assertEquals(network.inode(), namespace().inode(), subject);
        return this;
    }

    public FlowAssert isInNamespaceNamed(String name) {
        assertEquals(name, namespace().name(), subject);
        return this;
    }

    private NetworkNamespace namespace() {
        assertNotNull(flow.event().namespace(), subject);
        return flow.event().namespace();
    }

    public FlowAssert hasNoPeer() {
        assertNull(flow.peer(), subject);
        return this;
    }
}
