// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.INBOUND;
import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.port;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.FlowAssert.assertFlow;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.Family;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** UDP of sockets that are older than the programs, without a peer. One end is here, the other at the far end. */
@ParameterizedClass
@EnumSource(Family.class)
@KernelTest
final class MidstreamUdpOwnerIT {
    private static final int SERVICE = 5000;

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    @Parameter
    Family family;

    private OwnNetwork far;
    private DatagramChannel here;
    private DatagramChannel there;

    @AfterEach
    void close() throws IOException {
        here.close();
        there.close();
    }

    private DatagramChannel serve(String address) throws IOException {
        return DatagramChannel.open().bind(at(address, SERVICE));
    }

    /** Loads the programs as if the flows so far were older than tracking. */
    private void restart() throws Exception {
        bed.restart();
        forget();
    }

    private void forget() throws Exception {
        Child.run("conntrack", "-F");
        bed.assertQuiet();
    }

    private void sendFromFarEnd(int port) throws Exception {
        far.call(() -> {
            send(there, at(family.near(), port));
            return null;
        });
    }

    private void assertNextIsUnsure() throws IOException {
        AttributedFlow flow = bed.next(null);
        assertFlow(flow).isMidstream();
        assertOwner(flow).isThisProcess();
    }

    @Nested
    class IfTheClientIsHere {
        @BeforeEach
        void request(OwnNetwork network) throws Exception {
            far = network;
            here = DatagramChannel.open();
            there = far.call(() -> serve(family.far()));
            send(here, at(family.far(), SERVICE));
            restart();
        }

        @Test
        void theAnswerAndTheNextRequestHaveNoDirection() throws Exception {
            sendFromFarEnd(port(here));
            assertNextIsUnsure();
            forget();
            send(here, at(family.far(), SERVICE));
            assertNextIsUnsure();
        }

        @Test
        void aRequestToAnotherServerIsOutbound() throws Exception {
            send(here, at(family.far(), SERVICE + 1));
            AttributedFlow flow = bed.next(OUTBOUND);
            assertFlow(flow).isNotMidstream();
            assertOwner(flow).isThisProcess().by(BPF);
        }
    }

    @Nested
    class IfTheServerIsHere {
        @BeforeEach
        void request(OwnNetwork network) throws Exception {
            far = network;
            here = serve(family.near());
            there = far.call(() -> DatagramChannel.open().bind(at(family.far(), 0)));
            sendFromFarEnd(SERVICE);
            restart();
        }

        @Test
        void theAnswerAndTheNextRequestHaveNoDirection() throws Exception {
            send(here, at(family.far(), port(there)));
            assertNextIsUnsure();
            forget();
            sendFromFarEnd(SERVICE);
            assertNextIsUnsure();
        }

        @Test
        void aRequestIsInbound() throws Exception {
            sendFromFarEnd(SERVICE);
            AttributedFlow flow = bed.next(INBOUND);
            assertFlow(flow).isNotMidstream();
            assertOwner(flow).isThisProcess();
        }

        /** No answer: nothing is sent from such an address. */
        @Test
        void aMulticastPacketIsOutbound() throws Exception {
            send(here, at(family.choose("239.1.2.3", "ff05::123"), SERVICE));
            AttributedFlow flow = bed.next(OUTBOUND);
            assertFlow(flow).isNotMidstream();
            assertOwner(flow).isThisProcess().by(BPF);
        }
    }

    @Nested
    class IfBothAreHere {
        @Test
        void theAnswerIsLocalAndMidstream() throws Exception {
            here = DatagramChannel.open();
            there = serve(family.loopback());
            send(here, at(family.loopback(), SERVICE));
            restart();
            send(there, at(family.loopback(), port(here)));
            AttributedFlow flow = bed.next(LOCAL);
            assertFlow(flow).isMidstream();
            assertOwner(flow).isThisProcess().by(BPF);
            assertPeer(flow).isThisProcess();
        }
    }
}
