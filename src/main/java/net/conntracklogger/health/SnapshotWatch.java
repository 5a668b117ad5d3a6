// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.health;

import java.util.Optional;
import java.util.function.LongSupplier;
import net.conntracklogger.flow.Notice;

/**
 * Reports that socket descriptors were left out at start. More were open than are examined for the owners of existing
 * flows. Reports it once.
 */
public final class SnapshotWatch implements Watch {
    private final int examined;
    private final LongSupplier notExamined;
    private boolean reported;

    /**
     * Starts to watch.
     *
     * @param examined maximum number of socket descriptors that are examined
     * @param notExamined number of open descriptors beyond that
     */
    public SnapshotWatch(int examined, LongSupplier notExamined) {
        this.examined = examined;
        this.notExamined = notExamined;
    }

    @Override
    public Optional<Notice> check() {
        long count = notExamined.getAsLong();
        if (reported || count == 0) {
            return Optional.empty();
        }
        reported = true;
        return Optional.of(new Notice(
                Notice.Kind.SOCKETS_LEFT_OUT,
                "existing flows may be unattributed: %d of %d socket descriptors not examined at start"
                        .formatted(count, examined + count)));
    }

    @Override
    public Optional<Notice> finish() {
        return check();
    }
}
