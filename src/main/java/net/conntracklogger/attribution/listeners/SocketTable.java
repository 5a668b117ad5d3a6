// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LENGTH;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LOCAL_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_PROTOCOL;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_REMOTE;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_REMOTE_PORT;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntConsumer;
import net.conntracklogger.attribution.records.RecordLayout;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Records of {@link SocketIterator}, found by protocol, local port and peer. They are kept as they came, outside of the heap:
 * {@link RecordLayout#HOLDER_LENGTH} bytes each, and 8 to 12 in the heap. Not safe for use by several threads.
 */
final class SocketTable implements AutoCloseable {
    private static final int SMALLEST = 64;
    private static final int NONE = -1;
    /** Bits that tell what was left out: two of these are taken for one another now and then. */
    private static final int LACKING = 1 << 17;

    private final int largest;
    private NativeBuffer records = new NativeBuffer(SMALLEST * HOLDER_LENGTH);
    private int count;
    private long leftOut;
    private final BitSet lacking = new BitSet();
    /** By hash: the latest record with it. By record: an earlier one with the same hash. */
    private int[] latest = new int[0];

    private int[] earlier = new int[0];

    /** @param largest how many records it takes */
    SocketTable(int largest) {
        this.largest = largest;
    }

    /** Keeps a copy of a record, if there is room. */
    void add(ByteBuffer bytes, int at) {
        if (count == largest) {
            leftOut++;
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

    /** Makes them to be found, when the last was added. */
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
     * Visits where the records begin that may be of this protocol, local port and peer, and others.
     *
     * @param peer mapped; null of sockets that have none
     */
    void visit(int protocol, int localPort, IpAddress peer, IntConsumer visitor) {
        for (int i = latest[hash(protocol, localPort, peer) & latest.length - 1]; i != NONE; i = earlier[i]) {
            visitor.accept(i * HOLDER_LENGTH);
        }
    }

    /** Visits where each record begins. */
    void visit(IntConsumer visitor) {
        for (int i = 0; i < count; i++) {
            visitor.accept(i * HOLDER_LENGTH);
        }
    }

    private static int hash(ByteBuffer bytes, int at) {
        boolean connected = bytes.getShort(at + HOLDER_REMOTE_PORT) != 0;
        IpAddress peer = connected ? IpAddress.read(bytes, at + HOLDER_REMOTE, true) : null;
        return hash(bytes.get(at + HOLDER_PROTOCOL), port(bytes, at + HOLDER_LOCAL_PORT), peer);
    }

    private static int hash(int protocol, int localPort, IpAddress peer) {
        int hash = (protocol & 0xff) * 31 + localPort;
        hash = 31 * hash + (peer == null ? 0 : peer.hashCode());
        return hash ^ hash >>> 16;
    }

    /** Whether there may have been no room for one of this protocol, local port and peer. */
    boolean lacks(int protocol, int localPort, IpAddress peer) {
        return lacking.get(hash(protocol, localPort, peer) & LACKING - 1);
    }

    /** Whether there may have been no room for one of this socket. */
    boolean lacks(long socket) {
        return lacking.get(Long.hashCode(socket) & LACKING - 1);
    }

    /** The records, until this is closed. */
    ByteBuffer bytes() {
        return records.bytes();
    }

    /** How many there was no room for. */
    long leftOut() {
        return leftOut;
    }

    /** A port, which is in network byte order. */
    static int port(ByteBuffer bytes, int at) {
        short port = bytes.getShort(at);
        return (bytes.order() == ByteOrder.BIG_ENDIAN ? port : Short.reverseBytes(port)) & 0xffff;
    }

    @Override
    public void close() {
        records.close();
    }
}
