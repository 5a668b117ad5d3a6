// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.flow.Direction.LOCAL;
import static net.conntracklogger.flow.Direction.OUTBOUND;
import static net.conntracklogger.flow.OwnerSource.BPF;
import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;
import static net.conntracklogger.testbed.OwnNetwork.FAR;
import static net.conntracklogger.testbed.OwnerAssert.assertOwner;
import static net.conntracklogger.testbed.OwnerAssert.assertPeer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Native;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.testbed.Endpoint;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.NativeSocket;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The marks by which the programs skip packets of a flow that they have just recorded. */
@KernelTest
final class PacketMarkIT {
    /** {@code struct sock_user} of src/main/bpf/sock_user.h: the owner, and the mark of the latest packet that was sent. */
    private static final int USER_LENGTH = 112;

    private static final int LATEST_SENT = 80;
    private static final int NOBODY = 65_534;
    private static final int UNCHANGED = -1;

    static {
        Native.register(PacketMarkIT.class, "c");
    }

    @RegisterExtension
    final AttributionBed bed = AttributionBed.withBpf();

    /** {@code int setresuid(uid_t ruid, uid_t euid, uid_t suid);} */
    private static native int setresuid(int ruid, int euid, int suid);

    /** In one tick of the clock the socket receives from another, sends to a third, and sends to itself. */
    @Test
    void ofASentPacketDoesNotHideThatTheSocketReceivesIt() throws Exception {
        int rounds = 30;
        try (DatagramChannel other = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
            for (int i = 0; i < rounds; i++) {
                try (DatagramChannel socket = DatagramChannel.open().bind(at("127.0.0.1", 0))) {
                    InetSocketAddress itself = at("127.0.0.1", Endpoint.port(socket));
                    send(other, itself);
                    send(socket, at("127.0.0.1", 9));
                    send(socket, itself);
                    bed.next(LOCAL);
                    bed.next(LOCAL);
                    AttributedFlow flow = bed.next(LOCAL);
                    assertOwner(flow).isThisProcess().by(BPF);
                    assertPeer(flow).isThisProcess().by(BPF);
                }
            }
        }
    }

    @Test
    void isSetAgainIfTheProcessChangesItsUser(OwnNetwork far) throws Exception {
        InetSocketAddress any = at("0.0.0.0", 0);
        try (DatagramChannel receiver = far.call(() -> DatagramChannel.open().bind(at(FAR, 0)));
                NativeSocket socket = NativeSocket.bound(any, LibC.SOCK_DGRAM, NativeSocket.IPPROTO_UDP);
                BpfMap users = new BpfMap(
                        bed.records().programs().map("users"), Integer.BYTES, USER_LENGTH, USER_LENGTH - Long.BYTES)) {
            socket.connect(at(FAR, Endpoint.port(receiver)));
            assertEquals(0, setresuid(NOBODY, UNCHANGED, UNCHANGED));
            try {
                socket.send((byte) 1);
                assertOwner(bed.next(OUTBOUND)).hasUid(NOBODY).by(BPF);
                socket.send((byte) 1);
            } finally {
                assertEquals(0, setresuid(0, UNCHANGED, UNCHANGED));
            }
            // The socket storage shows what a packet cannot: whether the next one would be skipped.
            users.key().putInt(0, socket.descriptor());
            assertTrue(users.find());
            assertEquals(NOBODY, users.value().getInt(RecordLayout.OWNER_UID));
            assertNotEquals(0, users.value().getLong(LATEST_SENT));
        }
    }
}
