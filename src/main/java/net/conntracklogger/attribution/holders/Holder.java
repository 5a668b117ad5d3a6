// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import net.conntracklogger.flow.ControlGroup;

/** A process that has a descriptor of a socket. */
public interface Holder {
    /** Returns the process id in the pid namespace of the service. */
    int pid();

    /** Returns the start time of the process, clock ticks since boot; -1 if unknown. */
    long startTicks();

    /** Returns the real user id of the process, or {@link net.conntracklogger.flow.ProcessInfo#UNKNOWN_ID}. */
    long uid();

    /** Returns the cgroup of the process; null if unknown. */
    ControlGroup group();
}
