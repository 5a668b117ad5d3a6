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
 * services only to pass them on. A child that it forks has the sockets of all services for a moment. The child listens
 * or accepts in the cgroup of the socket's unit, or runs its service's program soon. Not thread-safe.
 */
public final class ServiceManagers {
    /** The service manager of the system. */
    private static final int INIT = 1;

    private static final String GROUP = "/init.scope";
    /**
     * Slices of a path. The loop is possessive, because a container may nest 500 slices, and each step of a greedy loop
     * takes room on the stack.
     */
    private static final String SLICES = "(?:/[^/]+\\.slice)*+";

    private static final String ID = "[0-9a-f]{64}";
    /** Root cgroup of a container: systemd-nspawn and machined, Docker and similar engines, Kubernetes pods, LXC. */
    private static final String CONTAINER = SLICES + "/systemd-nspawn@[^/]+\\.service/payload"
            + "|/machine\\.slice" + SLICES + "/[^/]+\\.(?:service|scope)(?:/payload)?"
            + "|" + SLICES + "/(?:docker|libpod|cri-containerd|containerd|nerdctl|crio)-" + ID
            + "\\.scope(?:/container)?"
            + "|/docker/" + ID
            + "|/kubepods(?:/[^/]+)?/pod[0-9a-f-]+/" + ID
            + "|/lxc\\.payload\\.[^/]+|/lxc(?:\\.payload)?/[^/]+";

    /**
     * Cgroups of managers. A user can create cgroups only in a delegated tree, which begins below the first name that
     * is not a slice. No such cgroup matches.
     */
    private static final Pattern PLACE =
            Pattern.compile("(" + CONTAINER + ")?(" + SLICES + "/(?:user@\\d+|capsule@[^/]+)\\.service)?" + GROUP);

    /**
     * Suffix of the program that systemd (255 or later) runs before a service's program. A child of systemd runs it.
     */
    private static final String EXECUTOR_SUFFIX = "-executor";

    private static final String DELETED = " (deleted)";
    /** Replaces a path that is not UTF-8. No manager has such a path. */
    private static final String NOT_UTF8 = "?";

    private final ProcessTable processes;

    public ServiceManagers(ProcessTable processes) {
        this.processes = processes;
    }

    /**
     * Reports whether the process is a service manager. Its cgroup must be that of a manager, and its program that of
     * the system's manager. The manager of a container can run another program, but must have process id 1 there.
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

    /** Reports whether the process is the manager of a user in a container. The manager of the container starts it. */
    private boolean isOfContainerUser(int pid, String container) {
        ProcessStat stat = processes.stat(pid);
        ControlGroup above = stat == null ? null : processes.controlGroup(stat.parent());
        return above != null
                && above.path().equals(container + GROUP)
                && processes.isContainerInit(stat.parent())
                && isLike(pid, stat.parent());
    }

    /**
     * Reports whether two processes run the same program. Compares mount namespaces too, because a user can put any
     * file at that path in another one.
     */
    private boolean isLike(int pid, int manager) {
        String own = program(pid);
        RawText mounts = processes.mountNamespace(pid);
        return !own.isEmpty()
                && own.equals(program(manager))
                && mounts != null
                && mounts.equals(processes.mountNamespace(manager));
    }

    /**
     * Reports whether the process is a service manager's child that has not called exec yet. Its descriptors are still
     * the manager's.
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

    /** Reports whether the process runs the manager's program, the manager's executor, or no program. */
    boolean runsItsProgram(int pid, int manager) {
        String own = program(pid);
        String its = program(manager);
        return own.isEmpty() || its.isEmpty() || own.equals(its) || own.equals(its + EXECUTOR_SUFFIX);
    }

    /** Returns the path of the program; empty if the process is ending. The kernel then shows none. */
    private String program(int pid) {
        RawText exe = processes.exe(pid);
        if (exe == null) {
            return "";
        }
        String path = exe.utf8();
        return path == null ? NOT_UTF8 : path.replace(DELETED, "");
    }
}
