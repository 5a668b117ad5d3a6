// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.NetworkOrder;

/** Reads, writes and hashes a {@code struct flow_key}. */
public final class FlowKey {
    private FlowKey() {}

    /**
     * Writes the key of one side of a flow.
     *
     * @param at offset of the key
     * @param tuple as the socket of that side has it, the initiator being the source
     * @param hostNamespace whether the socket is in the network namespace of the service
     */
    static void write(ByteBuffer bytes, int at, FlowTuple tuple, boolean hostNamespace) {
        tuple.source().asMapped().write(bytes, at + KEY_SOURCE);
        tuple.destination().asMapped().write(bytes, at + KEY_DESTINATION);
        int sourcePort = 0;
        int destinationPort = 0;
        // Before Linux 6.16 conntrack reports the ports of DCCP; the programs never record them.
        if (tuple.layer4() instanceof Layer4.Ports ports && !tuple.protocol().equals(Protocol.DCCP)) {
            sourcePort = ports.source();
            destinationPort = ports.destination();
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            sourcePort = icmp.id();
            destinationPort = icmp.type() << 8 | icmp.code();
        }
        NetworkOrder.put16(bytes, at + KEY_SOURCE_PORT, sourcePort);
        NetworkOrder.put16(bytes, at + KEY_DESTINATION_PORT, destinationPort);
        bytes.put(at + KEY_PROTOCOL, (byte) tuple.protocol().number());
        bytes.put(at + KEY_OWN_NETNS, (byte) (hostNamespace ? 1 : 0));
    }

    /** Reads the tuple of a key. */
    public static FlowTuple read(ByteBuffer bytes, int at) {
        Protocol protocol = Protocol.of(Byte.toUnsignedInt(bytes.get(at + KEY_PROTOCOL)));
        IpAddress source = IpAddress.readMapped(bytes, at + KEY_SOURCE);
        IpAddress destination = IpAddress.readMapped(bytes, at + KEY_DESTINATION);
        int first = NetworkOrder.get16(bytes, at + KEY_SOURCE_PORT);
        int second = NetworkOrder.get16(bytes, at + KEY_DESTINATION_PORT);
        Layer4 layer4;
        if (protocol.isIcmp()) {
            layer4 = new Layer4.Icmp(/* type= */ second >> 8, /* code= */ second & 0xff, /* id= */ first);
        } else {
            boolean ported = protocol.equals(Protocol.TCP) || protocol.equals(Protocol.SCTP) || protocol.isUdp();
            layer4 = ported ? new Layer4.Ports(first, second) : Layer4.None.NONE;
        }
        return new FlowTuple(source, destination, protocol, layer4);
    }

    /**
     * Returns the hash that {@code hash_of()} of the programs computes.
     *
     * @param seed the role, {@link RecordLayout#INITIATOR} or {@link RecordLayout#ACCEPTOR}
     */
    static long hash(ByteBuffer key, byte seed) {
        long hash = seed;
        for (int i = 0; i < KEY_LENGTH; i += Long.BYTES) {
            hash = mix(hash, key.getLong(i));
        }
        return hash;
    }

    /** Adds a word to a hash, as {@code mix()} of the programs does. */
    static long mix(long hash, long word) {
        return (hash ^ word) * 0x9e3779b97f4a7c15L + (hash >>> 29);
    }
}
