// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Notice;

/** Tells once that there were more sockets than are looked at for the owners of flows that existed before. */
public final class SnapshotWatch {
    private final LongSupplier leftOut;
    private boolean told;

    public SnapshotWatch(LongSupplier leftOut) {
        this.leftOut = leftOut;
    }

    /** Looks, about once a second; answers what the administrator must know. */
    public Optional<Notice> look() {
        long count = leftOut.getAsLong();
        if (told || count == 0) {
            return Optional.empty();
        }
        told = true;
        return Optional.of(new Notice(
                Notice.Kind.SOCKETS_LEFT_OUT,
                "flows that existed at the start may lack their process: of the descriptors of sockets that were open, %d"
                                .formatted(count)
                        + " were more than there was room for"));
    }
}
