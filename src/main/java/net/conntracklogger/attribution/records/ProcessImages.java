// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.CommandLine;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.bpf.BpfMap;
import net.conntracklogger.process.ImageId;
import net.conntracklogger.process.UnitPath;

/**
 * The process images and cgroup paths that the BPF programs recorded. Remembers the most recent ones, because many flows have
 * the same. Not thread-safe.
 */
public final class ProcessImages implements AutoCloseable {
    private static final int REMEMBERED = 1024;
    private static final int KEY_CGROUP_LENGTH = Long.BYTES;
    /** The suffix that {@code d_path()} adds. */
    private static final RawText DELETED = RawText.of(" (deleted)");

    /**
     * The facts about a process image.
     *
     * @param exe path of the executable, with the mark of deletion if {@code deleted}; null if unknown or too long
     * @param deleted whether the executable was unlinked when the image was recorded
     * @param commandLine null if there is none
     * @param cut whether the command line is incomplete, because the record of its rest was evicted
     * @param parent parent pid, 0 if not visible
     * @param ancestors {@code sh(28860) < cron(512)}, from the parent up; empty if there are none
     * @param pidns inode of the pid namespace of the process
     * @param device file system of the executable in the kernel's encoding, {@code major << 20 | minor}
     * @param inode of the executable on that file system, 0 if unknown
     */
    record Facts(
            RawText exe,
            boolean deleted,
            PrintableText commandLine,
            boolean cut,
            int parent,
            String ancestors,
            int pidns,
            int device,
            long inode) {

        /** Returns the path as {@code /proc/PID/exe} shows it, with the mark of deletion if the file is unlinked now. */
        RawText exe(boolean nowDeleted) {
            return exe != null && nowDeleted && !deleted ? exe.followedBy(DELETED) : exe;
        }

        /** Creates the facts that /proc shows now; the path includes the mark of deletion. */
        static Facts of(ProcessInfo running, int pidns) {
            return new Facts(
                    running.exe(),
                    /* deleted= */ true,
                    running.commandLine(),
                    /* cut= */ false,
                    running.parent(),
                    null,
                    pidns,
                    0,
                    0);
        }

        /**
         * Returns these facts with what a later reading shows. The ancestors are unknown if the parent has changed. A process
         * that is exiting has no command line any more, which then remains as it is.
         */
        Facts changedTo(ProcessInfo now) {
            return new Facts(
                    exe == null ? now.exe() : exe,
                    deleted,
                    now.commandLine() == null ? commandLine : now.commandLine(),
                    now.commandLine() == null && cut,
                    now.parent(),
                    parent == now.parent() ? ancestors : null,
                    pidns,
                    device,
                    inode);
        }

        /** Returns the same facts with the path that /proc shows. */
        Facts withExe(RawText path) {
            return new Facts(path, deleted, commandLine, cut, parent, ancestors, pidns, device, inode);
        }

        /** Returns the same facts with the whole command line; the same if that is null because the process is exiting. */
        Facts withCommandLine(PrintableText whole) {
            return whole == null
                    ? this
                    : new Facts(exe, deleted, whole, /* cut= */ false, parent, ancestors, pidns, device, inode);
        }
    }

    private final BpfMap processes;
    private final BpfMap longCommands;
    private final BpfMap cgroups;
    private final RecentlyUsed<ImageId, Facts> knownImages = new RecentlyUsed<>(REMEMBERED);
    private final RecentlyUsed<Long, ControlGroup> knownGroups = new RecentlyUsed<>(REMEMBERED);

    public ProcessImages(ProgramSet programs) {
        processes = new BpfMap(programs.map("processes"), IMAGE_KEY_LENGTH, PROCESS_LENGTH, 0);
        longCommands = new BpfMap(programs.map("long_commands"), IMAGE_KEY_LENGTH, LONG_COMMAND, 0);
        cgroups = new BpfMap(programs.map("cgroups"), KEY_CGROUP_LENGTH, CGROUP_PATH_LENGTH, 0);
    }

    /** Returns the facts about an image; null if the record was evicted. */
    Facts ofProcess(ImageId image) {
        return knownImages.computeIfAbsent(image, this::readProcess);
    }

    /** Returns the cgroup with an id; null if the record was evicted or the path did not fit. */
    ControlGroup ofGroup(long id) {
        return knownGroups.computeIfAbsent(id, this::readGroup);
    }

    private Facts readProcess(ImageId image) {
        writeKey(processes.key(), image);
        if (!processes.find()) {
            return null;
        }
        ByteBuffer value = processes.value();
        int ancestors = value.get(PROCESS_ANCESTORS);
        int pathLength = Short.toUnsignedInt(value.getShort(PROCESS_PATH_LENGTH));
        PrintableText longCommand = longCommand(image, value);
        int commandLength = value.getInt(PROCESS_COMMAND_LENGTH);
        boolean cut = commandLength >= LONG_COMMAND || longCommand == null && commandLength > COMMAND_SIZE;
        boolean deleted = value.get(PROCESS_DELETED) != 0;
        RawText path = path(value, PROCESS_PATH, pathLength, PATH_SIZE);
        return new Facts(
                path == null || !deleted ? path : path.followedBy(DELETED),
                deleted,
                longCommand != null ? longCommand : command(value),
                cut,
                ancestors == 0 ? 0 : value.getInt(PROCESS_ANCESTOR),
                ancestors(value, ancestors),
                value.getInt(PROCESS_PIDNS),
                value.getInt(PROCESS_DEVICE),
                value.getLong(PROCESS_INODE));
    }

    private PrintableText longCommand(ImageId image, ByteBuffer value) {
        int length = value.getInt(PROCESS_COMMAND_LENGTH);
        if (length <= COMMAND_SIZE) {
            return null;
        }
        writeKey(longCommands.key(), image);
        // The programs keep no more, and do not record whether there was more.
        boolean cut = length >= LONG_COMMAND;
        if (!longCommands.find()) {
            return null;
        }
        ByteBuffer whole = longCommands.value();
        return CommandLine.quote(whole, cut ? length : titleLength(whole, length), cut);
    }

    private static PrintableText command(ByteBuffer value) {
        int length = value.getInt(PROCESS_COMMAND_LENGTH);
        byte[] first = new byte[Math.min(length, COMMAND_SIZE)];
        value.get(PROCESS_COMMAND, first);
        ByteBuffer bytes = ByteBuffer.wrap(first);
        boolean cut = length > COMMAND_SIZE;
        return CommandLine.quote(bytes, cut ? first.length : titleLength(bytes, length), cut);
    }

    /**
     * Returns the length of a command line as {@code get_mm_cmdline()} of fs/proc/base.c shows it: if a program overwrote the
     * NUL at the end, as setproctitle() does, the command line ends at the first NUL.
     */
    private static int titleLength(ByteBuffer command, int length) {
        if (length == 0 || command.get(length - 1) == 0) {
            return length;
        }
        return name(command, 0, length).length;
    }

    private static String ancestors(ByteBuffer value, int count) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            int at = PROCESS_ANCESTOR + i * ANCESTOR_LENGTH;
            byte[] comm = name(value, at + ANCESTOR_COMM, COMM_SIZE);
            text.append(i == 0 ? "" : " < ");
            ProcessInfo.appendLink(text, RawText.copyOf(comm, 0, comm.length), value.getInt(at));
        }
        return text.toString();
    }

    private ControlGroup readGroup(long id) {
        cgroups.key().putLong(0, id);
        if (!cgroups.find()) {
            return null;
        }
        ByteBuffer value = cgroups.value();
        int length = value.getInt(CGROUP_LENGTH_FIELD);
        if (length == 0) {
            return UnitPath.parse("/");
        }
        RawText path = path(value, CGROUP_NAMES, length, CGROUP_SIZE);
        return path == null ? null : UnitPath.parse(path);
    }

    private static void writeKey(ByteBuffer key, ImageId image) {
        key.putLong(OWNER_START, image.start()).putInt(OWNER_TGID, image.tgid()).putInt(OWNER_IMAGE, image.image());
        key.putInt(IMAGE_KEY_VERSION, image.version());
    }

    /** Returns the path of names that are stored from last to first, each ended by a NUL; null if cut or absent. */
    private static RawText path(ByteBuffer value, int at, int length, int size) {
        if (length == 0 || length >= size) {
            return null;
        }
        Deque<byte[]> names = new ArrayDeque<>();
        for (int i = at; i < at + length; ) {
            byte[] name = name(value, i, at + length - i);
            names.push(name);
            i += name.length + 1;
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream();
        for (byte[] name : names) {
            path.write('/');
            path.writeBytes(name);
        }
        return RawText.copyOf(path.toByteArray(), 0, path.size());
    }

    /** Returns the bytes up to a NUL. */
    static byte[] name(ByteBuffer value, int at, int limit) {
        int length = 0;
        while (length < limit && value.get(at + length) != 0) {
            length++;
        }
        byte[] name = new byte[length];
        value.get(at, name);
        return name;
    }

    @Override
    public void close() {
        processes.close();
        longCommands.close();
        cgroups.close();
    }
}
