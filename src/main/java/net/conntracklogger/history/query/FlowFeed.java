// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/** Flows as they are logged. Not thread-safe. */
public interface FlowFeed extends Closeable {
    /**
     * Waits for the next flow event.
     *
     * @return null if none came in time
     */
    FlowRow next(Duration patience) throws IOException;
}
