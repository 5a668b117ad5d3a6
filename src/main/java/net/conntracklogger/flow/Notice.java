// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** A message for the administrator about the service itself. */
public record Notice(Kind kind, String text) implements Observation {

    /** The subject of a notice. */
    public enum Kind {
        /** Every flow is logged from now on. */
        LOG_COMPLETE,
        /** The service was restarted, and no flow is missing. */
        LOG_CONTINUED,
        TRACKING_ENABLED,
        TRACKING_INACTIVE,
        TRACKING_ACTIVE,
        /** Sysctls of conntrack were set, because entries need what they enable. */
        CONNTRACK_SYSCTLS_SET,
        /** Sysctls of conntrack could not be set, so entries will lack values. */
        CONNTRACK_SYSCTLS_REFUSED,
        /** All BPF programs are attached. */
        KERNEL_ATTRIBUTION,
        /** Some or all BPF programs are not attached, so owners will be missing. */
        KERNEL_ATTRIBUTION_REDUCED,
        /** BPF maps were too small, so records were dropped or evicted. */
        KERNEL_RECORDS_SHORT,
        /** Some sockets that existed at the start were not examined. */
        SOCKETS_LEFT_OUT,
        /** Destination names are not available. */
        NAMES_UNKNOWN,
        /** Some destination names are missing. */
        NAMES_INCOMPLETE,
        /** Fields of an owner's identity are missing, because their source does not answer. */
        IDENTITY_REDUCED,
        /** The source of those fields answers again. */
        IDENTITY_COMPLETE,
        /** Work on some flows failed, or a side stage did, and the service goes on. */
        WORK_FAILED,
        /** Rules name users that do not exist. */
        RULE_USERS_UNKNOWN,
        /** The files of a watch list were read. */
        WATCH_LIST_READ,
        /** A file of a watch list cannot be read. The list stays as it was. */
        WATCH_LIST_FAILED,
        /** More pairs were logged than the service remembers, so that nothing is called first seen. */
        FIRST_SEEN_FULL,
        /** The configuration was read again. */
        CONFIGURATION_RELOADED,
        /** The configuration was read again and is wrong, so the previous one stays in effect. */
        CONFIGURATION_REFUSED,
        /** A sysctl of conntrack that the log needs was switched off. */
        CONNTRACK_SYSCTLS_OFF,
        /** The sysctls are on again. */
        CONNTRACK_SYSCTLS_ON,
        /** The conntrack table was full, so the kernel refused flows. */
        TABLE_FULL,
        /** The conntrack table is no longer full. */
        TABLE_NOT_FULL,
        /** The nft table that enables connection tracking was removed. */
        TRACKING_REMOVED,
        /** The file of {@code Metrics=} cannot be written. */
        METRICS_FAILED,
        /** The file of {@code Metrics=} is written again. */
        METRICS_WRITTEN,
        /** journald took entries and did not store them. */
        ENTRIES_DROPPED,
        /** journald stores all entries again. */
        ENTRIES_STORED,
        /** More new flows than usual have no process. */
        OWNERS_MISSING,
        /** No more new flows than usual have no process. */
        OWNERS_FOUND,
        /** One source makes so many flows that summaries count them. */
        FLOOD_BEGAN,
        /** The flows of the source are logged again. */
        FLOOD_ENDED
    }

    @Override
    public int retainedBytes() {
        return 128 + 2 * text.length();
    }
}
