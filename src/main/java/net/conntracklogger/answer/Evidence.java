// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.answer;

import java.util.Optional;
import net.conntracklogger.config.Configuration;

/**
 * What is known about the service beside its log.
 *
 * @param thisHost whether the log is that of the running system
 * @param configuration what it logs now; empty if the configuration cannot be read
 * @param configurationChanged when a file of the configuration last changed, microseconds since the epoch
 * @param runningSince when the running service started, microseconds since the epoch; {@link #NOT_RUNNING} if none runs
 * @param now the time, microseconds since the epoch
 */
public record Evidence(
        boolean thisHost,
        Optional<Configuration> configuration,
        long configurationChanged,
        long runningSince,
        long now) {
    /** No service is running. */
    public static final long NOT_RUNNING = Long.MAX_VALUE;

    /** Returns what is known of a log from elsewhere. */
    public static Evidence none(long now) {
        return new Evidence(/* thisHost= */ false, Optional.empty(), 0, NOT_RUNNING, now);
    }
}
