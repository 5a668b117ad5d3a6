// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntConsumer;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.NetworkOrder;

/**
 * The records of {@link SocketIterator}, indexed by protocol, local port and peer. Each takes
 * {@link RecordLayout#HOLDER_LENGTH} bytes outside the heap and 8 to 12 bytes in the heap. Not thread-safe.
 */
final class SocketTable implements AutoCloseable {
    /** The local address of an IPv4 socket that is bound to no address. */
    private static final IpAddress ANY_V4 = IpAddress.v4(0).asMapped();

    private static final int SMALLEST = 64;
    private static final int NONE = -1;
    /** Size of the filter of dropped records, in bits. False positives are possible. */
    private static final int LACKING = 1 << 17;

    private final int largest;
    private NativeBuffer records = new NativeBuffer(SMALLEST * HOLDER_LENGTH);
    private int count;
    private long dropped;
    private final BitSet lacking = new BitSet();
    /** By hash: index of the most recent record. By record: index of an earlier one with the same hash. */
    private int[] latest = new int[0];

    private int[] earlier = new int[0];

    /** @param largest maximum number of records */
    SocketTable(int largest) {
        this.largest = largest;
    }

    /** Copies a record, or counts it as dropped if the table is full. */
    void add(ByteBuffer bytes, int at) {
        if (count == largest) {
            dropped++;
            lacking.set(hash(bytes, at) & LACKING - 1);
            lacking.set(Long.hashCode(bytes.getLong(at + HOLDER_SOCKET)) & LACKING - 1);
            return;
        }
        if (records.size() == count * HOLDER_LENGTH) {
            NativeBuffer larger = new NativeBuffer(2 * records.size());
            larger.bytes().put(0, records.bytes(), 0, records.size());
            records.close();
            records = larger;
        }
        records.bytes().put(count * HOLDER_LENGTH, bytes, at, HOLDER_LENGTH);
        count++;
    }

    /** Builds the index. Called once, after the last {@link #add}. */
    void index() {
        latest = new int[Math.max(1, Integer.highestOneBit(count))];
        earlier = new int[count];
        Arrays.fill(latest, NONE);
        for (int i = 0; i < count; i++) {
            int at = i * HOLDER_LENGTH;
            int slot = hash(bytes(), at) & latest.length - 1;
            earlier[i] = latest[slot];
            latest[slot] = i;
        }
    }

    /**
     * Visits the offsets of the records with this hash of protocol, local port and peer.
     *
     * @param peer as a mapped address; null for unconnected sockets
     */
    void visit(int protocol, int localPort, IpAddress peer, IntConsumer visitor) {
        for (int i = latest[hash(protocol, localPort, peer) & latest.length - 1]; i != NONE; i = earlier[i]) {
            visitor.accept(i * HOLDER_LENGTH);
        }
    }

    /** Visits the offset of each record. */
    void visit(IntConsumer visitor) {
        for (int i = 0; i < count; i++) {
            visitor.accept(i * HOLDER_LENGTH);
        }
    }

    private static int hash(ByteBuffer bytes, int at) {
        boolean connected = bytes.getShort(at + HOLDER_REMOTE_PORT) != 0;
        IpAddress peer = connected ? IpAddress.read(bytes, at + HOLDER_REMOTE, true) : null;
        return hash(bytes.get(at + HOLDER_PROTOCOL), NetworkOrder.get16(bytes, at + HOLDER_LOCAL_PORT), peer);
    }

    private static int hash(int protocol, int localPort, IpAddress peer) {
        int hash = (protocol & 0xff) * 31 + localPort;
        hash = 31 * hash + (peer == null ? 0 : peer.hashCode());
        return hash ^ hash >>> 16;
    }

    /** Reports whether a record with this protocol, local port and peer may have been dropped. */
    boolean lacks(int protocol, int localPort, IpAddress peer) {
        return lacking.get(hash(protocol, localPort, peer) & LACKING - 1);
    }

    /** Reports whether a record of this socket may have been dropped. */
    boolean lacks(long socket) {
        return lacking.get(Long.hashCode(socket) & LACKING - 1);
    }

    /** Reports whether a socket has this protocol, local port and namespace. */
    boolean isAt(int at, Protocol protocol, int localPort, boolean hostNamespace) {
        ByteBuffer bytes = bytes();
        return (bytes.get(at + HOLDER_PROTOCOL) & 0xff) == protocol.number()
                && NetworkOrder.get16(bytes, at + HOLDER_LOCAL_PORT) == localPort
                && bytes.get(at + HOLDER_OWN_NETNS) != 0 == hostNamespace;
    }

    /**
     * Returns how well a socket matches packets to the tuple's source; 0 if not. The rules are those of
     * {@code compute_score()}.
     */
    int rank(int at, FlowTuple tuple) {
        IpAddress local = local(at);
        if (local.equals(tuple.source().asMapped())) {
            return 3;
        }
        if (local.equals(ANY_V4)) {
            return tuple.v6() ? 0 : 2;
        }
        boolean takes = local.isUnspecified() && (tuple.v6() || bytes().get(at + HOLDER_ONLY_V6) == 0);
        return !takes ? 0 : tuple.v6() ? 2 : 1;
    }

    IpAddress local(int at) {
        return IpAddress.read(bytes(), at + HOLDER_LOCAL, true);
    }

    IpAddress remote(int at) {
        return IpAddress.read(bytes(), at + HOLDER_REMOTE, true);
    }

    /** Returns the remote port; 0 if the socket is not connected. */
    int remotePort(int at) {
        return NetworkOrder.get16(bytes(), at + HOLDER_REMOTE_PORT);
    }

    /** Returns the records, which are valid until this is closed. */
    ByteBuffer bytes() {
        return records.bytes();
    }

    /** Returns the number of records dropped because the table was full. */
    long dropped() {
        return dropped;
    }

    @Override
    public void close() {
        records.close();
    }
}
