// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.nio.ByteBuffer;

/**
 * A {@code struct flow} in place. Valid until the next lookup.
 *
 * @param bytes in host byte order
 * @param owner view of the embedded {@code struct owner}
 */
public record FlowRecord(ByteBuffer bytes, OwnerRecord owner) {
    FlowRecord(ByteBuffer bytes) {
        this(bytes, new OwnerRecord(bytes, FLOW_OWNER));
    }

    /** Returns the time of the owner's most recent packet (TCP: of connect()), nanoseconds of CLOCK_MONOTONIC. */
    public long seen() {
        return bytes.getLong(FLOW_SEEN);
    }

    /** Reports whether another process used the tuple at this time or later. Nanoseconds of CLOCK_MONOTONIC. */
    boolean isShared(long since) {
        long other = bytes.getLong(FLOW_OTHER_SEEN);
        return other != 0 && other >= since;
    }

    /**
     * Returns the index of the device that the packet left or entered by. Indexes are those of the socket's namespace;
     * 0 if unknown. Until the SYN of a connection has left, returns the device that connect() found before NAT.
     */
    public int device() {
        return hasLeft() ? bytes.getInt(FLOW_LEFT) : bytes.getInt(FLOW_IFINDEX);
    }

    /** Reports whether the SYN of a connection has left. */
    boolean hasLeft() {
        return bytes.getInt(FLOW_LEFT) != 0;
    }

    /** Returns which packet of its flow the recorded packet is. */
    RecordLookup.Turn turn() {
        if (owner.has(UNSURE)) {
            return RecordLookup.Turn.UNSURE;
        }
        return owner.has(ANSWER) ? RecordLookup.Turn.ANSWER : RecordLookup.Turn.FIRST;
    }

    /** Returns the cookie of the socket ({@code SO_COOKIE}, socket(7)). */
    public long socket() {
        return bytes.getLong(FLOW_SOCKET);
    }
}
