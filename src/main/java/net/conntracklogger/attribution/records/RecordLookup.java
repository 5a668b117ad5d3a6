// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import net.conntracklogger.flow.Owner;

/** Result of looking up one side of a flow in the BPF records. */
public sealed interface RecordLookup {
    RecordLookup NOTHING = new Nothing();
    RecordLookup UNSETTLED = new Unsettled(/* lasting= */ true, Unsettled.UNKNOWN);
    RecordLookup RETRY = new Unsettled(/* lasting= */ false, Unsettled.UNKNOWN);
    RecordLookup AMBIGUOUS = new Ambiguous(/* lasting= */ true);
    RecordLookup STALE = new Ambiguous(/* lasting= */ false);
    RecordLookup OLD = new Old();

    /** No record exists yet. */
    record Nothing() implements RecordLookup {}

    /**
     * The recorded acceptor has passed the socket on or has ended. The sockets show who holds it now.
     *
     * @param lasting false if the holders were listed so recently that a retry may succeed
     * @param socket cookie of the socket that received the flow
     */
    record Unsettled(boolean lasting, long socket) implements RecordLookup {
        /** No socket has this cookie. */
        public static final long UNKNOWN = 0;
    }

    /**
     * Several processes used the tuple; the records do not show which of them began this flow, nor do sockets.
     *
     * @param lasting false if the record of this flow may still come
     */
    record Ambiguous(boolean lasting) implements RecordLookup {}

    /** A record exists, but may soon be replaced by that of a raw socket that continues the tuple of a connection. */
    record Old() implements RecordLookup {}

    /** The owner is known. */
    record Found(Owner owner) implements RecordLookup {}

    /**
     * Only a service manager holds the socket; the service that it starts for the flow may take the socket soon.
     *
     * @param manager the owner if no service does
     */
    record Awaited(Owner manager) implements RecordLookup {}
}
