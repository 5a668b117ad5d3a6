// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.flow.Owner;

/** Where a look at what the kernel noted of a flow leads. */
public sealed interface RecordLookup {
    RecordLookup NOTHING = new Nothing();
    RecordLookup UNSETTLED = new Unsettled(/* lasting= */ true, Unsettled.UNKNOWN);
    RecordLookup RETRY = new Unsettled(/* lasting= */ false, Unsettled.UNKNOWN);
    RecordLookup AMBIGUOUS = new Ambiguous(/* lasting= */ true);
    RecordLookup STALE = new Ambiguous(/* lasting= */ false);
    RecordLookup OLD = new Old();

    /** Nothing is written, or nothing yet. */
    record Nothing() implements RecordLookup {}

    /**
     * Who was to take the flow has passed the socket on, or is gone: who holds it now can be asked.
     *
     * @param lasting false where it was asked so lately that it is to be asked again in a moment
     * @param socket the cookie of the socket that took the flow in
     */
    record Unsettled(boolean lasting, long socket) implements RecordLookup {
        /** No socket has that cookie. */
        public static final long UNKNOWN = 0;
    }

    /**
     * Several processes used the tuple, and nothing tells which of them began this flow. Least of all who has it now.
     *
     * @param lasting false where this flow's own note may still come
     */
    record Ambiguous(boolean lasting) implements RecordLookup {}

    /** Somebody, but a newer note may be about to come, of a raw socket that goes on with a connection's tuple. */
    record Old() implements RecordLookup {}

    /** Somebody. */
    record Found(Owner owner) implements RecordLookup {}

    /**
     * Only a service manager holds the socket, and whom it starts for the flow may have it in a moment.
     *
     * @param manager whose it is if that does not come
     */
    record Awaited(Owner manager) implements RecordLookup {}
}
