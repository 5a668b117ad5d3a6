// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Unattributed.LATE;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.channels.ServerSocketChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Attribution by sockets of a flow whose socket gets another holder after the event was read. */
@KernelTest
class EventTimeIT {
    @RegisterExtension
    final AttributionBed bed = AttributionBed.withSockets();

    /** Another process inherits the connection, and the process that connected closes it. */
    @Test
    void namesNoInitiatorThatStartedLater(OwnNetwork far) throws Exception {
        assertOwner(attribute(far, "read; sleep 60 & exec 3>&-; echo closed; read"))
                .isUnknown(LATE);
    }

    @Test
    void namesTheInitiatorThatStartedBefore(OwnNetwork far) throws Exception {
        AttributedFlow flow = attribute(far, "read; echo closed; read");
        assertEquals("bash", flow.owner().process().comm().utf8());
    }

    /** Reads the event of a connection that bash makes, lets bash go on, then attributes the flow. */
    private AttributedFlow attribute(OwnNetwork far, String afterwards) throws Exception {
        try (ServerSocketChannel server =
                        far.call(() -> ServerSocketChannel.open().bind(at(FAR, 0)));
                Child child = Child.start(
                        "bash",
                        "-c",
                        "read; exec 3<>/dev/tcp/%s/%d; echo connected; %s".formatted(FAR, port(server), afterwards))) {
            child.say("\n");
            child.output().next("connected"::equals);
            PendingFlow pending = bed.begin(bed.event(), /* age= */ 0);
            child.say("\n");
            child.output().next("closed"::equals);
            return bed.finish(pending);
        }
    }
}
