// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import net.conntracklogger.flow.Owner;

/** Where a look at what the kernel noted of a flow leads. */
sealed interface Finding {
    Finding NOTHING = new Nothing();
    Finding UNSETTLED = new Unsettled(/* lasting= */ true, Unsettled.UNKNOWN);
    Finding UNSETTLED_YET = new Unsettled(/* lasting= */ false, Unsettled.UNKNOWN);
    Finding AMBIGUOUS = new Ambiguous(/* lasting= */ true);
    Finding GIVEN_BEFORE = new Ambiguous(/* lasting= */ false);
    Finding OLD = new Old();

    /** Nothing is written, or nothing yet. */
    record Nothing() implements Finding {}

    /**
     * Who was to take the flow has passed the socket on, or is gone: who holds it now can be asked.
     *
     * @param lasting false where it was asked so lately that it is to be asked again in a moment
     * @param socket the cookie of the socket that took the flow in
     */
    record Unsettled(boolean lasting, long socket) implements Finding {
        /** No socket has that cookie. */
        static final long UNKNOWN = 0;
    }

    /**
     * Several processes used the tuple, and nothing tells which of them began this flow. Least of all who has it now.
     *
     * @param lasting false where this flow's own note may still come
     */
    record Ambiguous(boolean lasting) implements Finding {}

    /** Somebody, but a newer note may be about to come, of a raw socket that goes on with a connection's tuple. */
    record Old() implements Finding {}

    /** Somebody. */
    record Found(Owner owner) implements Finding {}

    /**
     * Only a service manager holds the socket, and whom it starts for the flow may have it in a moment.
     *
     * @param manager whose it is if that does not come
     */
    record Awaited(Owner manager) implements Finding {}
}
