// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.delivery;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.Scrutiny;

/**
 * A queue in which a usual flow takes 68 bytes of heap. A usual flow is new, with ports, without NAT, name, zone,
 * namespace and alarm. Any other observation is kept as it is. Owners are kept once if flows share them. Unbounded. Not
 * thread-safe.
 */
final class CompactQueue {
    private static final int CHUNK = 2048;
    private static final int WORDS = 7;
    private static final int REFERENCES = 3;
    private static final int USUAL_BYTES = WORDS * Long.BYTES + REFERENCES * Integer.BYTES;

    private static final int V6 = 1;
    private static final int MIDSTREAM = 2;
    private static final int OWNER_COUNTED = 4;
    private static final int PEER_COUNTED = 8;
    private static final int DIRECTION_SHIFT = 4;
    private static final int PROTOCOL_SHIFT = 8;
    private static final int DESTINATION_PORT_SHIFT = 16;
    private static final int SOURCE_PORT_SHIFT = 32;

    /** In the order of their numbers, from 1. */
    private static final List<Direction> DIRECTIONS = List.of(Direction.values());

    /** Room for {@link #CHUNK} observations. An observation that is not usual is the first of its references. */
    private static final class Chunk {
        private final long[] words = new long[CHUNK * WORDS];
        private final Object[] references = new Object[CHUNK * REFERENCES];
    }

    private final Deque<Chunk> chunks = new ArrayDeque<>();
    /**
     * Index of the first observation in the first chunk. {@code end} is the index behind the last observation in the
     * last chunk.
     */
    private int first;

    private int end = CHUNK;
    private int size;
    private long bytes;
    private Owner lastOwner;
    private Owner lastPeer;
    private Passage lastPassage = Passage.UNKNOWN;

    /** Returns the number of observations. */
    int size() {
        return size;
    }

    /** Returns roughly how many bytes of heap the observations take. */
    long bytes() {
        return bytes;
    }

    /** Returns roughly how many more bytes the observations would take with this one. */
    int bytesOf(Observation observation) {
        if (observation instanceof AttributedFlow flow && isUsual(flow)) {
            return USUAL_BYTES
                    + (isSame(flow.owner(), lastOwner) ? 0 : flow.owner().retainedBytes())
                    + (flow.peer() == null || isSame(flow.peer(), lastPeer)
                            ? 0
                            : flow.peer().retainedBytes());
        }
        return observation.retainedBytes();
    }

    void add(Observation observation) {
        if (end == CHUNK) {
            chunks.add(new Chunk());
            end = 0;
        }
        Chunk chunk = chunks.getLast();
        if (observation instanceof AttributedFlow flow && isUsual(flow)) {
            pack(flow, chunk, end);
        } else {
            chunk.references[end * REFERENCES] = observation;
            bytes += observation.retainedBytes();
        }
        end++;
        size++;
    }

    /** Takes the first observation; returns null if there is none. */
    Observation poll() {
        if (size == 0) {
            return null;
        }
        Chunk chunk = chunks.getFirst();
        Object reference = chunk.references[first * REFERENCES];
        Observation taken;
        if (reference instanceof Owner) {
            taken = unpack(chunk, first);
        } else {
            taken = (Observation) reference;
            bytes -= taken.retainedBytes();
        }
        for (int i = 0; i < REFERENCES; i++) {
            chunk.references[first * REFERENCES + i] = null;
        }
        first++;
        size--;
        if (size == 0) {
            first = 0;
            end = 0; // the last chunk stays
            lastOwner = null;
            lastPeer = null;
        } else if (first == CHUNK) {
            chunks.removeFirst();
            first = 0;
        }
        return taken;
    }

    private static boolean isSame(Object one, Object other) {
        return one == other;
    }

    private static boolean isUsual(AttributedFlow flow) {
        FlowEvent event = flow.event();
        return event.kind() == FlowEvent.Kind.NEW
                && event.zone() == 0
                && event.namespace() == null
                && flow.names().isEmpty()
                && flow.scrutiny().equals(Scrutiny.NONE)
                && event.original().layer4() instanceof Layer4.Ports
                && event.reply().layer4() instanceof Layer4.Ports
                && !event.isTranslated();
    }

    private void pack(AttributedFlow flow, Chunk chunk, int index) {
        FlowEvent event = flow.event();
        FlowTuple tuple = event.original();
        int at = index * WORDS;
        chunk.words[at] = tuple.source().high();
        chunk.words[at + 1] = tuple.source().low();
        chunk.words[at + 2] = tuple.destination().high();
        chunk.words[at + 3] = tuple.destination().low();
        chunk.words[at + 4] = event.timestamp();
        chunk.words[at + 5] = event.id() << Integer.SIZE | event.mark();
        chunk.words[at + 6] = (long) tuple.sourcePort() << SOURCE_PORT_SHIFT
                | (long) tuple.destinationPort() << DESTINATION_PORT_SHIFT
                | tuple.protocol().number() << PROTOCOL_SHIFT
                | number(flow.direction()) << DIRECTION_SHIFT
                | (tuple.v6() ? V6 : 0)
                | (event.midstream() ? MIDSTREAM : 0)
                | count(flow);
        if (!flow.passage().equals(lastPassage)) {
            lastPassage = flow.passage();
        }
        int reference = index * REFERENCES;
        chunk.references[reference] = flow.owner();
        chunk.references[reference + 1] = flow.peer();
        chunk.references[reference + 2] = lastPassage;
    }

    /** Returns the number of a direction; 0 if it is unknown. */
    private static int number(Direction direction) {
        return direction == null ? 0 : DIRECTIONS.indexOf(direction) + 1;
    }

    /** Counts the bytes of a flow. Owners that the flow before shares are not counted again. */
    private int count(AttributedFlow flow) {
        int counted = 0;
        bytes += USUAL_BYTES;
        if (!isSame(flow.owner(), lastOwner)) {
            lastOwner = flow.owner();
            bytes += lastOwner.retainedBytes();
            counted |= OWNER_COUNTED;
        }
        if (flow.peer() != null && !isSame(flow.peer(), lastPeer)) {
            lastPeer = flow.peer();
            bytes += lastPeer.retainedBytes();
            counted |= PEER_COUNTED;
        }
        return counted;
    }

    private AttributedFlow unpack(Chunk chunk, int index) {
        int at = index * WORDS;
        long[] words = chunk.words;
        long packed = words[at + 6];
        boolean v6 = (packed & V6) != 0;
        FlowTuple tuple = new FlowTuple(
                new IpAddress(v6, words[at], words[at + 1]),
                new IpAddress(v6, words[at + 2], words[at + 3]),
                Protocol.of((int) (packed >>> PROTOCOL_SHIFT) & 0xff),
                new Layer4.Ports(
                        (int) (packed >>> SOURCE_PORT_SHIFT), (int) (packed >>> DESTINATION_PORT_SHIFT) & 0xffff));
        FlowEvent event = new FlowEvent(
                FlowEvent.Kind.NEW,
                words[at + 5] >>> Integer.SIZE,
                tuple,
                tuple.reversed(),
                words[at + 5] & 0xffff_ffffL,
                /* zone= */ 0,
                (packed & MIDSTREAM) != 0,
                words[at + 4],
                /* end= */ null,
                /* namespace= */ null);
        int direction = (int) (packed >>> DIRECTION_SHIFT) & 0xf;
        int reference = index * REFERENCES;
        Owner owner = (Owner) chunk.references[reference];
        Owner peer = (Owner) chunk.references[reference + 1];
        bytes -= USUAL_BYTES
                + ((packed & OWNER_COUNTED) != 0 ? owner.retainedBytes() : 0)
                + ((packed & PEER_COUNTED) != 0 ? peer.retainedBytes() : 0);
        return new AttributedFlow(
                event, direction == 0 ? null : DIRECTIONS.get(direction - 1), owner, peer, List.of(), (Passage)
                        chunk.references[reference + 2]);
    }
}
