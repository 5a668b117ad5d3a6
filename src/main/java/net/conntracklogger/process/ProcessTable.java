// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;

/**
 * The processes of /proc (proc(5)). What it says of a process was read from one and the same process: its start time is
 * read before and after. Not safe for use by several threads.
 */
public final class ProcessTable implements Closeable {
    private static final String NAMESPACE_IDS = "NSpid:\t";

    /** The longest command line that is kept. */
    static final int COMMAND_LINE_LENGTH = 4096;

    /** Fields of /proc/PID/stat after the name in parentheses, which may itself hold spaces and parentheses. */
    private static final int STAT_PPID = 4 - 3;

    private static final int STAT_START = 22 - 3;
    private static final int STAT_STACK = 28 - 3;

    /** No descriptor is the socket. */
    static final int NONE = -1;

    /** The kernel did not let us look. */
    public static final int NOT_PERMITTED = -2;

    /**
     * A process as /proc/PID/stat has it.
     *
     * @param startTicks clock ticks since boot
     * @param stack where its stack begins, at random with each exec; 0 or -1 where that is not told
     */
    public record Stat(RawText comm, int parent, long startTicks, long stack) {
        /** Whether it is the same process, and has gone on with no other program. */
        public boolean isSameImage(Stat other) {
            return startTicks == other.startTicks && stack == other.stack;
        }
    }

    private final Path root;
    private final BootClock clock;
    private final boolean commandLines;
    private final FileReader files = new FileReader();
    private final FileReader descriptors = new FileReader();

    /**
     * Opens it.
     *
     * @param root of procfs
     * @param commandLines whether to read command lines
     */
    public ProcessTable(Path root, BootClock clock, boolean commandLines) {
        this.root = root;
        this.clock = clock;
        this.commandLines = commandLines;
    }

    /** Returns the clock that converts the start times of processes. */
    public BootClock clock() {
        return clock;
    }

    /** Visits the id of every process, until the visitor answers false. */
    public void visit(IntPredicate visitor) {
        files.visitNumbers(root.toString(), visitor);
    }

    /** Which of the process's descriptors is this socket: its number, {@link #NONE} or {@link #NOT_PERMITTED}. */
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

    /** Whether this descriptor of the process is this socket. */
    public boolean holds(int pid, int descriptor, long inode) {
        return descriptors.socketInode(file(pid, "fd/" + descriptor)) == inode;
    }

    /** The process as it is now, null where it is gone. */
    public Stat stat(int pid) {
        int length = files.read(file(pid, "stat"));
        return length <= 0 ? null : parseStat(files.content(), length);
    }

    /** What /proc tells of a process of which this was read before; null where that one is gone or runs another program. */
    public ProcessInfo read(int pid, Stat before) {
        long[] ids = ids(pid);
        RawText exe = exe(pid);
        RawText commandLine = commandLines ? commandLine(pid) : null;
        long loginUid = number(pid, "loginuid", ProcessInfo.UNKNOWN_ID);
        Stat after = stat(pid);
        if (ids == null || after == null || !after.isSameImage(before)) {
            return null;
        }
        long start = clock.epochMicros(after.startTicks);
        return new ProcessInfo(pid, start, ids[0], ids[1], after.comm, exe, commandLine, after.parent, loginUid, null);
    }

    /** The path of its executable; null where the process is gone, or has none. */
    public RawText exe(int pid) {
        return link(pid, "exe");
    }

    /** The link to what a process runs. */
    public String executable(int pid) {
        return file(pid, "exe");
    }

    /** The table of mounts that a process sees. */
    public String mounts(int pid) {
        return file(pid, "mountinfo");
    }

    /** Whether the process is in the pid namespace of this procfs itself, and not in one below, as in a container. */
    public boolean isInOwnPidNamespace(int pid) {
        int length = files.read(file(pid, "status"));
        return length > 0 && hasOnePid(text(length));
    }

    /** {@code NSpid:} lists the process's id in this namespace and in those below that it is in. */
    static boolean hasOnePid(String status) {
        return status.lines()
                .anyMatch(line -> line.startsWith(NAMESPACE_IDS) && line.indexOf('\t', NAMESPACE_IDS.length()) < 0);
    }

    /** Reports whether the process has id 1 in a pid namespace below that of this procfs, as the first in a container has. */
    public boolean isContainerInit(int pid) {
        int length = files.read(file(pid, "status"));
        return length > 0
                && text(length).lines().anyMatch(line -> line.startsWith(NAMESPACE_IDS) && line.endsWith("\t1"))
                && !isInOwnPidNamespace(pid);
    }

    /** Returns the mount namespace of the process, such as {@code mnt:[4026531841]}; null if the process has ended. */
    public RawText mountNamespace(int pid) {
        return link(pid, "ns/mnt");
    }

    /** Returns the real user id of the process; {@link ProcessInfo#UNKNOWN_ID} if the process has ended. */
    public long uid(int pid) {
        long[] ids = ids(pid);
        return ids == null ? ProcessInfo.UNKNOWN_ID : ids[0];
    }

    /** Returns the process id that the kernel gave last ({@code /proc/loadavg}, proc(5)); 0 if unknown. */
    public int newestPid() {
        int length = files.read(root + "/loadavg");
        return length <= 0 ? 0 : Integer.parseInt(text(length).strip().replaceFirst(".* ", ""));
    }

    /** The control group that a process is in now: that of the unified hierarchy, else of systemd's own; or null. */
    public ControlGroup controlGroup(int pid) {
        int length = files.read(file(pid, "cgroup"));
        return length <= 0 ? null : parseControlGroup(text(length));
    }

    static ControlGroup parseControlGroup(String text) {
        String unified = null;
        String systemd = null;
        for (String line : text.split("\n")) {
            // hierarchy-ID:controller-list:cgroup-path, of which the path may hold colons
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (line.startsWith("0::")) {
                unified = parts[2];
            } else if (parts[1].equals("name=systemd")) {
                systemd = parts[2];
            }
        }
        // On a host of the old kind the unified hierarchy may be there and everything in its root.
        boolean useless = unified == null || unified.equals("/") && systemd != null;
        String path = useless ? systemd : unified;
        // "/.." leads out of the control group namespace that we see.
        return path == null || path.startsWith("/..") ? null : ControlGroup.of(path);
    }

    static Stat parseStat(ByteBuffer content, int length) {
        int open = 0;
        while (open < length && content.get(open) != '(') {
            open++;
        }
        int close = length - 1;
        while (close > open && content.get(close) != ')') {
            close--;
        }
        if (close <= open) {
            return null;
        }
        byte[] comm = new byte[close - open - 1];
        content.get(open + 1, comm);
        long parent = field(content, close + 2, length, STAT_PPID);
        long start = field(content, close + 2, length, STAT_START);
        long stack = field(content, close + 2, length, STAT_STACK);
        RawText name = RawText.copyOf(comm, 0, comm.length);
        return parent < 0 || start < 0 ? null : new Stat(name, (int) parent, start, stack);
    }

    /** The number in the field of this index, which spaces end; -1 where there is none. */
    private static long field(ByteBuffer content, int from, int length, int index) {
        int at = from;
        for (int skipped = 0; at < length && skipped < index; at++) {
            skipped += content.get(at) == ' ' ? 1 : 0;
        }
        long number = 0;
        int digits = at;
        for (; digits < length && content.get(digits) >= '0' && content.get(digits) <= '9'; digits++) {
            number = number * 10 + content.get(digits) - '0';
        }
        return digits == at ? -1 : number;
    }

    /** Real user and group id: the first numbers after {@code Uid:} and {@code Gid:} in /proc/PID/status. */
    private long[] ids(int pid) {
        int length = files.read(file(pid, "status"));
        return length <= 0 ? null : parseIds(text(length));
    }

    static long[] parseIds(String status) {
        long[] ids = {-1, -1};
        for (String line : status.split("\n")) {
            if (line.startsWith("Uid:\t")) {
                ids[0] = firstNumber(line);
            } else if (line.startsWith("Gid:\t")) {
                ids[1] = firstNumber(line);
            }
        }
        return ids[0] < 0 || ids[1] < 0 ? null : ids;
    }

    private static long firstNumber(String line) {
        int from = line.indexOf('\t') + 1;
        return Long.parseLong(line.substring(from, line.indexOf('\t', from)));
    }

    /** The arguments, with a space for every NUL between them; null for a kernel thread, which has none. */
    private RawText commandLine(int pid) {
        int length = files.read(file(pid, "cmdline"));
        return length <= 0 ? null : parseCommandLine(files.content(), length);
    }

    public static RawText parseCommandLine(ByteBuffer content, int length) {
        int end = Math.min(length, COMMAND_LINE_LENGTH);
        // Not in the middle of a character: what is no UTF-8 any more is shown as bytes, all of it.
        for (int i = 0; i < 3 && end < length && (content.get(end) & 0xc0) == 0x80; i++) {
            end--;
        }
        byte[] bytes = new byte[end];
        content.get(0, bytes);
        while (end > 0 && bytes[end - 1] == 0) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (bytes[i] == 0) {
                bytes[i] = ' ';
            }
        }
        return end == 0 ? null : RawText.copyOf(bytes, 0, end);
    }

    private RawText link(int pid, String name) {
        return raw(files.readLink(file(pid, name)));
    }

    private RawText raw(int length) {
        if (length <= 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        files.content().get(0, bytes);
        return RawText.copyOf(bytes, 0, length);
    }

    private long number(int pid, String name, long otherwise) {
        int length = files.read(file(pid, name));
        return length <= 0 ? otherwise : Long.parseLong(text(length).strip());
    }

    private String text(int length) {
        byte[] bytes = new byte[length];
        files.content().get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private String file(int pid, String name) {
        return root + "/" + pid + "/" + name;
    }

    @Override
    public void close() {
        files.close();
        descriptors.close();
    }
}
