// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.Closeable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import net.conntracklogger.concurrent.BoundedCalls;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Decimal;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;

/**
 * Reads the processes of /proc (proc(5)). Values of a process belong together: {@code stat} is read before and after the
 * others. Not thread-safe.
 */
public final class ProcessTable implements Closeable {
    /** Most bytes of {@code /proc/PID/cmdline} that are read: more than the longest argument has ({@code MAX_ARG_STRLEN}). */
    private static final int MAX_ARGUMENTS = 128 * 1024 - 1;

    /** No descriptor of the process is the socket. */
    static final int NONE = -1;

    /** The kernel refused to list the descriptors. */
    public static final int NOT_PERMITTED = -2;

    private final Path root;
    private final BootClock clock;
    private final CommandLines commandLines;
    private final FileReader files = new FileReader();
    private final FileReader descriptors = new FileReader();
    /** Reads files that are in the memory of the process. The process can make its memory wait for a file system. */
    private final BoundedCalls calls = new BoundedCalls("command-lines");

    private final ThreadLocal<FileReader> memory = ThreadLocal.withInitial(FileReader::new);

    /**
     * Takes what it reads from.
     *
     * @param root root of procfs
     * @param clock converts start times
     * @param commandLines how much of command lines is read
     */
    public ProcessTable(Path root, BootClock clock, CommandLines commandLines) {
        this.root = root;
        this.clock = clock;
        this.commandLines = commandLines;
    }

    /** Returns the clock that converts the start times of processes. */
    public BootClock clock() {
        return clock;
    }

    /** Visits the id of each process until the visitor returns false. */
    public void visit(IntPredicate visitor) {
        files.visitNumbers(root.toString(), visitor);
    }

    /** Returns which descriptor of a process is this socket, else {@link #NONE} or {@link #NOT_PERMITTED}. */
    public int descriptorOf(int pid, long inode) {
        String directory = file(pid, "fd");
        int[] found = {NONE};
        int status = descriptors.visitNumbers(directory, fd -> {
            if (descriptors.socketInode(directory + "/" + fd) == inode) {
                found[0] = fd;
            }
            return found[0] == NONE;
        });
        boolean refused = status == -Errno.EACCES || status == -Errno.EPERM;
        return refused ? NOT_PERMITTED : found[0];
    }

    /** Reports whether a descriptor of a process is this socket. */
    public boolean holds(int pid, int descriptor, long inode) {
        return descriptors.socketInode(file(pid, "fd/" + descriptor)) == inode;
    }

    /** Returns what {@code stat} says now, or null if the process is gone. */
    public ProcessStat stat(int pid) {
        int length = files.read(file(pid, "stat"));
        return length <= 0 ? null : ProcessStat.parse(files.content(), length);
    }

    /** Reads a process whose {@code stat} was read before. Returns null if it is gone, or has called exec since. */
    public ProcessInfo read(int pid, ProcessStat before) {
        ProcessStatus status = status(pid);
        RawText exe = exe(pid);
        long loginUid = number(pid, "loginuid", ProcessInfo.UNKNOWN_ID);
        PrintableText commandLine =
                commandLines != CommandLines.NO && status != null ? commandLine(pid, status, loginUid) : null;
        ProcessStat after = stat(pid);
        if (status == null || after == null || !after.isSameImage(before)) {
            return null;
        }
        long start = clock.epochMicros(after.startTicks());
        return new ProcessInfo(
                pid,
                start,
                status.uid(),
                status.gid(),
                status.effectiveUid(),
                after.comm(),
                exe,
                commandLine,
                after.parent(),
                loginUid,
                null);
    }

    /** Returns the executable's path; null if the process is gone or a kernel thread. */
    public RawText exe(int pid) {
        return link(pid, "exe");
    }

    /** Returns the path of the link to the executable of a process. */
    public String executable(int pid) {
        return file(pid, "exe");
    }

    /** Returns the path of the table of mounts of a process. */
    public String mounts(int pid) {
        return file(pid, "mountinfo");
    }

    /**
     * Reports whether a process is in the pid namespace of this procfs itself. A process of a container is in a
     * namespace below.
     */
    public boolean isInOwnPidNamespace(int pid) {
        ProcessStatus status = status(pid);
        return status != null && status.onePid();
    }

    /**
     * Reports whether the process has id 1 in a pid namespace below this procfs's. The first process in a container
     * has.
     */
    public boolean isContainerInit(int pid) {
        ProcessStatus status = status(pid);
        return status != null && status.containerInit();
    }

    /** Returns the process's mount namespace, such as {@code mnt:[4026531841]}; null if it has ended. */
    public RawText mountNamespace(int pid) {
        return link(pid, "ns/mnt");
    }

    /** Returns the process id that the kernel gave last ({@code /proc/loadavg}, proc(5)); 0 if unknown. */
    public int newestPid() {
        int length = files.read(root + "/loadavg");
        if (length <= 0) {
            return 0;
        }
        String text = text(length).strip();
        return (int) Math.max(0, Decimal.parse(text, text.lastIndexOf(' ') + 1));
    }

    /** Returns the control group that a process is in now; null if unknown. */
    public ControlGroup controlGroup(int pid) {
        int length = files.read(file(pid, "cgroup"));
        return length <= 0 ? null : ProcessCgroup.parse(files.bytes(length));
    }

    /** Reads the ids of a process; returns null if it has ended. */
    public ProcessStatus status(int pid) {
        int length = files.read(file(pid, "status"));
        return length <= 0 ? null : ProcessStatus.parse(text(length));
    }

    /**
     * Returns the command line; null if absent or not available in time. It is in the memory of the process.
     */
    private PrintableText commandLine(int pid, ProcessStatus status, long loginUid) {
        long user = loginUid == ProcessInfo.UNKNOWN_ID ? status.uid() : loginUid;
        // Users of containers are others than those of the host.
        long key = status.onePid() ? user : ~user;
        return calls.call(key, () -> commandLine(memory.get(), file(pid, "cmdline")), late -> {});
    }

    private PrintableText commandLine(FileReader memory, String file) {
        int length = memory.read(file, MAX_ARGUMENTS + 1);
        int kept = Math.min(length, MAX_ARGUMENTS);
        return length <= 0 ? null : commandLines.quote(memory.content(), kept, length > kept);
    }

    /** Reports whether command lines were not available in time within the last minute. Thread-safe. */
    public boolean isSilent() {
        return calls.isSilent();
    }

    /** Returns how often a command line was not available in time. Thread-safe. */
    public long withoutCommandLine() {
        return calls.leftOut();
    }

    private RawText link(int pid, String name) {
        return raw(files.readLink(file(pid, name)));
    }

    private RawText raw(int length) {
        if (length <= 0) {
            return null;
        }
        return RawText.copyOf(files.bytes(length), 0, length);
    }

    private long number(int pid, String name, long otherwise) {
        int length = files.read(file(pid, name));
        long number = length <= 0 ? Decimal.NONE : Decimal.parse(text(length));
        return number < 0 ? otherwise : number;
    }

    private String text(int length) {
        return new String(files.bytes(length), StandardCharsets.UTF_8);
    }

    private String file(int pid, String name) {
        return root + "/" + pid + "/" + name;
    }

    @Override
    public void close() {
        calls.close();
        files.close();
        descriptors.close();
    }
}
