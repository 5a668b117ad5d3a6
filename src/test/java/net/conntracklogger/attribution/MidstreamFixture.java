// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.FORWARDED;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnNetwork.NEAR;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.netfilter.ConntrackTable;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.TcpConnection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests of a connection that existed before conntrack tracked its network namespace, as conntrack sees it. */
abstract class MidstreamFixture {
    @RegisterExtension
    protected final AttributionBed bed = AttributionBed.withSockets();

    @BeforeEach
    protected void trackNothing() {
        bed.stopTracking();
    }

    protected static TcpConnection toFar(OwnNetwork far) throws Exception {
        return TcpConnection.open(FAR, FAR, null, far);
    }

    protected static TcpConnection fromFar(OwnNetwork far) throws Exception {
        return TcpConnection.open(NEAR, NEAR, far, null);
    }

    /**
     * Enables tracking and sends a byte from this side. Returns the flow of its event, which the entry in the conntrack table
     * leads to as well.
     */
    protected AttributedFlow seenFrom(SocketChannel side, TcpConnection connection, Direction direction)
            throws IOException {
        bed.track();
        side.write(ByteBuffer.allocate(1));
        AttributedFlow flow = bed.next(direction);
        assertCourse(direction, connection, flow);
        AttributedFlow existing = bed.attribute(inTable());
        assertCourse(direction, connection, existing);
        assertEquals(pid(flow.owner()), pid(existing.owner()));
        assertEquals(flow.owner().reason(), existing.owner().reason());
        assertEquals(pid(flow.peer()), pid(existing.peer()));
        return flow;
    }

    private static long pid(Owner owner) {
        return owner == null || owner.process() == null ? 0 : owner.process().pid();
    }

    /** Returns the connection from the conntrack table. */
    protected static FlowEvent inTable() throws IOException {
        try (ConntrackTable table = ConntrackTable.open(start -> true)) {
            while (!table.isRead()) {
                for (FlowEvent flow : table.read()) {
                    if (flow.original().protocol().equals(Protocol.TCP)) {
                        return flow;
                    }
                }
            }
        }
        throw new AssertionError("not in the table");
    }

    private static void assertCourse(Direction direction, TcpConnection connection, AttributedFlow flow) {
        assertFlow(flow).runs(direction).isMidstream();
        if (direction != null && direction != FORWARDED) {
            assertFlow(flow).hasTuples(connection.original(), connection.reply());
        }
    }
}
