// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.flow.Owner;

/** Result of looking up one side of a flow in the BPF records. */
public sealed interface RecordLookup {
    /** Value of {@link #device} if there is no record of this flow. */
    int NO_RECORD = -1;

    RecordLookup NOTHING = new Nothing();
    RecordLookup UNSETTLED = new Unsettled(/* lasting= */ true, Unsettled.UNKNOWN, 0);
    RecordLookup RETRY = new Unsettled(/* lasting= */ false, Unsettled.UNKNOWN, 0);
    RecordLookup AMBIGUOUS = new Ambiguous(/* lasting= */ true);
    RecordLookup STALE = new Ambiguous(/* lasting= */ false);
    RecordLookup OLD = new Old();

    /**
     * Returns the index of the device that the packet left or entered by. Returns 0 if unknown, {@link #NO_RECORD}
     * without a record.
     */
    int device();

    /** No record exists yet. */
    record Nothing() implements RecordLookup {
        @Override
        public int device() {
            return NO_RECORD;
        }
    }

    /**
     * The recorded acceptor has passed the socket on or has ended. The sockets show who holds it now.
     *
     * @param lasting whether the result stays the same. False if the holders of sockets are about to be listed again, so that a
     *     retry may find the new holder
     * @param socket cookie of the socket that received the flow
     */
    record Unsettled(boolean lasting, long socket, int device) implements RecordLookup {
        /** No socket has this cookie. */
        public static final long UNKNOWN = 0;
    }

    /**
     * Several processes used the tuple. Neither records nor sockets show which of them began this flow.
     *
     * @param lasting false if the record of this flow may still come
     */
    record Ambiguous(boolean lasting) implements RecordLookup {
        @Override
        public int device() {
            return NO_RECORD;
        }
    }

    /**
     * A record exists, but another may soon replace it. A raw socket may continue the tuple of the recorded connection.
     */
    record Old() implements RecordLookup {
        @Override
        public int device() {
            return NO_RECORD;
        }
    }

    /** Whether a packet is the first of its flow. */
    enum Turn {
        FIRST,
        /** The packet answers an earlier one, so the receiver of the packet began the flow. */
        ANSWER,
        /** The packet may answer one that was sent before the programs were loaded. */
        UNSURE
    }

    /**
     * The owner is known.
     *
     * @param left whether the device is that of a SYN that has left; if not, a connection may leave by another
     */
    record Found(Owner owner, int device, boolean left, Turn turn) implements RecordLookup {
        /** Creates a result of which only the owner is known. */
        public Found(Owner owner) {
            this(owner, 0, false, Turn.FIRST);
        }

        /** Returns the same owner with what the record shows about the packet. */
        public Found with(FlowRecord record) {
            return new Found(owner, record.device(), record.hasLeft(), record.turn());
        }
    }

    /**
     * Only a service manager holds the socket. The service that it starts for the flow may take the socket soon.
     *
     * @param manager the owner if no service does
     */
    record Awaited(Owner manager, int device) implements RecordLookup {}
}
