// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * A service manager (systemd), of the system, a user or a container. It holds the sockets of its services only to pass them
 * on. What it forks has all of these for a moment, whichever service it is for: to listen or to accept in the group of the
 * socket's unit, or until it runs a service's program. Not safe for use by several threads.
 */
public final class ServiceManagers {
    /** Where systemd puts itself, and nobody else but for a moment. */
    private static final String GROUP = "/init.scope";

    /** What runs in a child of systemd (since version 255) until it runs the service's program. */
    private static final String EXECUTOR_SUFFIX = "-executor";

    private static final String DELETED = " (deleted)";

    private final ProcessTable processes;

    public ServiceManagers(ProcessTable processes) {
        this.processes = processes;
    }

    /** Whether a process in this control group, which may be null, is one. */
    public static boolean is(ControlGroup group) {
        return group != null && group.path().endsWith(GROUP);
    }

    /** Whether a child of one runs its program, or none any more, and is none itself: what it holds need not be its own. */
    public boolean hasForked(int pid) {
        ProcessStat stat = processes.stat(pid);
        ControlGroup its = stat == null ? null : processes.controlGroup(stat.parent());
        if (!is(its) || !runsItsProgram(pid, stat.parent())) {
            return false;
        }
        ControlGroup own = processes.controlGroup(pid);
        return !is(own) || own.equals(its);
    }

    /** Whether the process runs what this manager does, or that which it begins its children with, or has none. */
    boolean runsItsProgram(int pid, int manager) {
        String own = program(pid);
        String its = program(manager);
        return own.isEmpty() || its.isEmpty() || own.equals(its) || own.equals(its + EXECUTOR_SUFFIX);
    }

    /** Empty where it is not told, as of one that is about to end. */
    private String program(int pid) {
        RawText exe = processes.exe(pid);
        return exe == null ? "" : exe.utf8().replace(DELETED, "");
    }
}
