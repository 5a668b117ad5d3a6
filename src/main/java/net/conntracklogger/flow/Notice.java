// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/** Something that the administrator should know of the service itself. */
public record Notice(Kind kind, String text) implements Observation {

    /** What it is about. */
    public enum Kind {
        TRACKING_ENABLED,
        TRACKING_INACTIVE,
        TRACKING_ACTIVE,
        /** The kernel's switches were set so that it tells what is to be logged. */
        CONNTRACK_SYSCTLS_SET,
        /** They could not be, and what that leaves out. */
        CONNTRACK_SYSCTLS_REFUSED,
        /** Owners are noted in the kernel: by which programs. */
        KERNEL_ATTRIBUTION,
        /** They are not, or not all of them: what that leaves uncovered. */
        KERNEL_ATTRIBUTION_REDUCED,
        /** The kernel had no room for all that it notes of owners. */
        KERNEL_RECORDS_SHORT,
        /** There were more sockets at the start than it looks at. */
        SOCKETS_LEFT_OUT,
        /** Names of destinations can be had. */
        NAMES_KNOWN,
        /** They cannot: why. */
        NAMES_UNKNOWN,
        /** Some of them are missing: why. */
        NAMES_INCOMPLETE,
        /** Fields of who an owner is are missing, or were for a while and are there again. */
        IDENTITY_REDUCED,
        IDENTITY_COMPLETE
    }

    @Override
    public int retainedBytes() {
        return 128 + 2 * text.length();
    }
}
