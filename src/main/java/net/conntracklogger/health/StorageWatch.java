// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.function.BooleanSupplier;
import net.conntracklogger.flow.Notice;

/** Reports that journald does not store entries that it takes. Reports later that it does. */
public final class StorageWatch implements Watch {
    private final BooleanSupplier stores;
    private boolean dropping;

    /**
     * Starts to watch.
     *
     * @param stores whether journald stored all entries of the last count
     */
    public StorageWatch(BooleanSupplier stores) {
        this.stores = stores;
    }

    @Override
    public Optional<Notice> check() {
        if (dropping != stores.getAsBoolean()) {
            return Optional.empty();
        }
        dropping = !dropping;
        return Optional.of(
                dropping
                        ? new Notice(
                                Notice.Kind.ENTRIES_DROPPED,
                                "journald drops entries that it took; flows are missing from the journal;"
                                        + " look for MaxLevelStore= and Storage= in journald.conf,"
                                        + " for limits of this unit and for a full disk")
                        : new Notice(Notice.Kind.ENTRIES_STORED, "journald stores all entries again"));
    }

    @Override
    public String status() {
        return dropping ? "journald drops entries" : "";
    }
}
