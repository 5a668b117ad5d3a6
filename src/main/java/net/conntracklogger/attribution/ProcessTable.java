// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;

/**
 * The processes of /proc (proc(5)). What it says of a process was read from one and the same process: its start time is
 * read before and after. Not safe for use by several threads.
 */
public final class ProcessTable implements AutoCloseable {
    /** The longest command line that is kept. */
    static final int COMMAND_LINE_LENGTH = 4096;

    /** Fields of /proc/PID/stat after the name in parentheses, which may itself hold spaces and parentheses. */
    private static final int STAT_PPID = 4 - 3;

    private static final int STAT_START = 22 - 3;

    /** A search of descriptors: whether a process holds a socket. */
    enum Holding {
        YES,
        NO,
        NOT_PERMITTED
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

    /** Visits the id of every process, until the visitor answers false. */
    void visit(IntPredicate visitor) {
        files.visitNumbers(root.toString(), visitor);
    }

    /** Whether one of the process's descriptors is this socket. A process that is gone holds none. */
    Holding holds(int pid, long inode) {
        String directory = file(pid, "fd");
        Holding[] found = {Holding.NO};
        int status = descriptors.visitNumbers(directory, fd -> {
            if (descriptors.socketInode(directory + "/" + fd) == inode) {
                found[0] = Holding.YES;
            }
            return found[0] == Holding.NO;
        });
        boolean refused = status == -Errno.EACCES || status == -Errno.EPERM;
        return refused ? Holding.NOT_PERMITTED : found[0];
    }

    /** The parent's id, 0 where there is none or the process is gone. */
    int parent(int pid) {
        long[] stat = stat(pid);
        return stat == null ? 0 : (int) stat[STAT_PPID];
    }

    /** Start time in clock ticks since boot, -1 where the process is gone. */
    long startTicks(int pid) {
        long[] stat = stat(pid);
        return stat == null ? -1 : stat[STAT_START];
    }

    /** What /proc tells of a process that started then; null where that one is gone. */
    ProcessRecord read(int pid, long startTicks) {
        long[] stat = stat(pid);
        RawText comm = trimmed(pid, "comm");
        long[] ids = ids(pid);
        RawText exe = link(pid, "exe");
        RawText commandLine = commandLines ? commandLine(pid) : null;
        long loginUid = number(pid, "loginuid", ProcessRecord.UNKNOWN_ID);
        if (stat == null || comm == null || ids == null || startTicks(pid) != startTicks) {
            return null;
        }
        return new ProcessRecord(
                pid,
                clock.epochMicros(startTicks),
                ids[0],
                ids[1],
                comm,
                exe,
                commandLine,
                (int) stat[STAT_PPID],
                loginUid);
    }

    /** The control group that a process is in now: that of the unified hierarchy, else of systemd's own; or null. */
    ControlGroup controlGroup(int pid) {
        int length = files.read(file(pid, "cgroup"));
        return length <= 0 ? null : parseControlGroup(text(length));
    }

    static ControlGroup parseControlGroup(String text) {
        String unified = null;
        String systemd = null;
        for (String line : text.split("\n")) {
            if (line.startsWith("0::")) {
                unified = line.substring(3);
            } else if (line.contains(":name=systemd:")) {
                systemd = line.substring(line.indexOf('/'));
            }
        }
        // On a host of the old kind the unified hierarchy may be there and everything in its root.
        boolean useless = unified == null || unified.equals("/") && systemd != null;
        String path = useless ? systemd : unified;
        return path == null ? null : ControlGroup.of(path);
    }

    /** The numbers of /proc/PID/stat from the third field on, of which the first is a letter; null if gone. */
    private long[] stat(int pid) {
        int length = files.read(file(pid, "stat"));
        return length <= 0 ? null : parseStat(files.content(), length);
    }

    static long[] parseStat(ByteBuffer content, int length) {
        int at = length - 1;
        while (at >= 0 && content.get(at) != ')') {
            at--;
        }
        if (at < 0) {
            return null;
        }
        long[] fields = new long[STAT_START + 1];
        int field = 0;
        boolean negative = false;
        for (int i = at + 2; i < length; i++) {
            byte b = content.get(i);
            if (b == ' ' || b == '\n') {
                fields[field] = negative ? -fields[field] : fields[field];
                negative = false;
                if (++field == fields.length) {
                    return fields;
                }
            } else if (b == '-') {
                negative = true;
            } else {
                fields[field] = fields[field] * 10 + (b - '0');
            }
        }
        return null;
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

    static RawText parseCommandLine(ByteBuffer content, int length) {
        byte[] bytes = new byte[Math.min(length, COMMAND_LINE_LENGTH)];
        content.get(0, bytes);
        int end = bytes.length;
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

    private RawText trimmed(int pid, String name) {
        int length = files.read(file(pid, name));
        boolean newline = length > 0 && files.content().get(length - 1) == '\n';
        return raw(newline ? length - 1 : length);
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
