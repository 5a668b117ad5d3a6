// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.holders;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.process.ProcessStat;
import net.conntracklogger.process.ProcessTable;

/**
 * Recognises service managers (systemd) of the system, of a user or of a container. A manager holds the sockets of its
 * services only to pass them on. A child that it forks has all of these for a moment, whichever service the child is for: to
 * listen or to accept in the cgroup of the socket's unit, or until it runs the service's program. Not thread-safe.
 */
public final class ServiceManagers {
    /** The service manager of the system. */
    private static final int INIT = 1;

    private static final String GROUP = "/init.scope";
    private static final String SLICES = "(?:/[^/]+\\.slice)*";
    private static final String ID = "[0-9a-f]{64}";
    /** The root of a container's payload: systemd-nspawn and machined, docker and its kin, pods, LXC. */
    private static final String CONTAINER = SLICES + "/systemd-nspawn@[^/]+\\.service/payload"
            + "|/machine\\.slice" + SLICES + "/[^/]+\\.(?:service|scope)(?:/payload)?"
            + "|" + SLICES + "/(?:docker|libpod|cri-containerd|containerd|nerdctl|crio)-" + ID
            + "\\.scope(?:/container)?"
            + "|/docker/" + ID
            + "|/kubepods(?:/[^/]+)?/pod[0-9a-f-]+/" + ID
            + "|/lxc\\.payload\\.[^/]+|/lxc(?:\\.payload)?/[^/]+";

    /**
     * Cgroups of managers. Users create any cgroup in their delegated tree, which begins below the first name that is not a
     * slice, so a name of theirs matches nothing.
     */
    private static final Pattern PLACE =
            Pattern.compile("(" + CONTAINER + ")?(" + SLICES + "/(?:user@\\d+|capsule@[^/]+)\\.service)?" + GROUP);

    /** What runs in a child of systemd (since version 255) until it runs the service's program. */
    private static final String EXECUTOR_SUFFIX = "-executor";

    private static final String DELETED = " (deleted)";
    /** Stands for a path that is not UTF-8, which no manager has. */
    private static final String NOT_UTF8 = "?";

    private final ProcessTable processes;

    public ServiceManagers(ProcessTable processes) {
        this.processes = processes;
    }

    /**
     * Reports whether the process is a service manager: by its cgroup and its program, which is that of the system's manager.
     * In a container, whose program can be another, it is the process with id 1.
     *
     * @param group of the process; null if unknown
     */
    public boolean is(int pid, ControlGroup group) {
        if (group == null || !group.path().endsWith(GROUP)) {
            return false;
        }
        Matcher place = PLACE.matcher(group.path());
        if (!place.matches()) {
            return false;
        }
        String container = place.group(1);
        boolean ofUser = place.group(2) != null;
        if (container == null) {
            return pid == INIT || isLike(pid, INIT);
        }
        return ofUser ? isOfContainerUser(pid, container) : processes.isContainerInit(pid);
    }

    /** The manager of the container starts those of its users. */
    private boolean isOfContainerUser(int pid, String container) {
        ProcessStat stat = processes.stat(pid);
        ControlGroup above = stat == null ? null : processes.controlGroup(stat.parent());
        return above != null
                && above.path().equals(container + GROUP)
                && processes.isContainerInit(stat.parent())
                && isLike(pid, stat.parent());
    }

    /** Reports whether two processes run the same program. A user can put any file at its path, in another mount namespace. */
    private boolean isLike(int pid, int manager) {
        String own = program(pid);
        RawText mounts = processes.mountNamespace(pid);
        return !own.isEmpty()
                && own.equals(program(manager))
                && mounts != null
                && mounts.equals(processes.mountNamespace(manager));
    }

    /**
     * Reports whether the process is a child that a service manager has forked but that has not called exec yet. Its
     * descriptors are still the manager's.
     */
    public boolean hasForked(int pid) {
        ProcessStat stat = processes.stat(pid);
        ControlGroup its = stat == null ? null : processes.controlGroup(stat.parent());
        if (stat == null || !is(stat.parent(), its) || !runsItsProgram(pid, stat.parent())) {
            return false;
        }
        ControlGroup own = processes.controlGroup(pid);
        return !is(pid, own) || own.equals(its);
    }

    /** Reports whether the process runs the manager's program, or the one that the manager starts its children with, or none. */
    boolean runsItsProgram(int pid, int manager) {
        String own = program(pid);
        String its = program(manager);
        return own.isEmpty() || its.isEmpty() || own.equals(its) || own.equals(its + EXECUTOR_SUFFIX);
    }

    /** Returns an empty string if the kernel shows none, as of a process that is ending. */
    private String program(int pid) {
        RawText exe = processes.exe(pid);
        if (exe == null) {
            return "";
        }
        String path = exe.utf8();
        return path == null ? NOT_UTF8 : path.replace(DELETED, "");
    }
}
