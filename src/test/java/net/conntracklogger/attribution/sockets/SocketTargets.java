// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.Addresses.address;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.fuzz.FuzzTarget;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.RawNetlink;

/** Answers of sock_diag, and a file of /proc/net. */
public final class SocketTargets {
    private static final String ICMP =
            "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n"
                    + "   70: 00000000:0046 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 24679 2"
                    + " 0000000000000000 0        \n";

    private static final String PACKET = """
            sk               RefCnt Type Proto  Iface R Rmem   User   Inode
            0000000000000000 3      3    0003   2     1 0      0      1982975
            """;

    private SocketTargets() {}

    /** Answers to a lookup, to a lookup with counters, and to a dump. */
    public static FuzzTarget diag() {
        return new FuzzTarget() {
            private final RawNetlink kernel = new RawNetlink(/* hasGroups= */ false);
            private final SocketDiag sockets = new SocketDiag(kernel);
            private final FlowTuple tuple = new FlowTuple(
                    address("192.0.2.1"), address("192.0.2.2"), Protocol.TCP, new Layer4.Ports(40_000, 53));

            @Override
            public List<byte[]> seeds() {
                FakeMessage v6 = ScriptedSockets.socket(
                        ScriptedSockets.AF_INET6, ScriptedSockets.LISTEN, 40_000, 0, "2001:db8::1", "::");
                return List.of(
                        RawNetlink.datagram(ScriptedSockets.own()),
                        RawNetlink.datagram(ScriptedSockets.own()
                                .attribute(ScriptedSockets.INET_DIAG_INFO, new byte[232])
                                .attribute(ScriptedSockets.INET_DIAG_CGROUP_ID, new byte[8])),
                        RawNetlink.datagram(v6.attribute(ScriptedSockets.INET_DIAG_SKV6ONLY, (byte) 1)),
                        RawNetlink.datagram(ScriptedSockets.own(), FakeMessage.done()),
                        RawNetlink.datagram(FakeMessage.error(2)),
                        RawNetlink.datagram(FakeMessage.done(12, "no memory")));
            }

            @Override
            public void read(byte[] input) {
                if (!readAll(input, 0).equals(readAll(input, 0xff))) {
                    throw new IllegalStateException("read behind the message");
                }
            }

            private List<Object> readAll(byte[] input, int behind) {
                List<Object> found = new ArrayList<>();
                attempt(input, behind, () -> found.add(Optional.ofNullable(sockets.lookup(tuple))));
                attempt(input, behind, () -> found.add(Optional.ofNullable(sockets.counters(tuple))));
                attempt(
                        input,
                        behind,
                        () -> sockets.dump(false, Protocol.TCP, 0, -1, at -> {
                            found.add(sockets.socket(at));
                            found.add(sockets.isAt(at, tuple.source()));
                            found.add(sockets.isAtAny(at));
                            found.add(sockets.isOfDevice(at));
                            found.add(sockets.isV6Only(at));
                        }));
                return found;
            }

            private void attempt(byte[] input, int behind, ScriptedCall call) {
                kernel.put(input, behind);
                try {
                    call.run();
                } catch (LinuxException e) {
                    // The kernel refuses, or its answer is malformed.
                    return;
                }
            }

            @Override
            public void close() {
                sockets.close();
            }
        };
    }

    private interface ScriptedCall {
        Object run() throws LinuxException;
    }

    /** The table of ping sockets. */
    public static FuzzTarget ping() {
        return table(ICMP, input -> PingSockets.parse(ByteBuffer.wrap(input), input.length, 70));
    }

    /** The table of packet sockets. */
    public static FuzzTarget packet() {
        return table(PACKET, PacketSocketTable::parse);
    }

    private static FuzzTarget table(String seed, Consumer<byte[]> reader) {
        return new FuzzTarget() {
            @Override
            public List<byte[]> seeds() {
                return List.of(seed.getBytes(StandardCharsets.US_ASCII));
            }

            @Override
            public void read(byte[] input) {
                reader.accept(input);
            }
        };
    }
}
