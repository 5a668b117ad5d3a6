// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.concurrent.RecentlyUsed;
import net.conntracklogger.flow.CommandLines;
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
    static final int KEY_CGROUP_LENGTH = Long.BYTES;
    /** The suffix that {@code d_path()} adds. */
    static final RawText DELETED = RawText.of(" (deleted)");

    private final BpfMap processes;
    private final BpfMap commandParts;
    private final BpfMap cgroups;
    private final RecentlyUsed<ImageId, ImageFacts> knownImages = new RecentlyUsed<>(REMEMBERED);
    private final RecentlyUsed<Long, ControlGroup> knownGroups = new RecentlyUsed<>(REMEMBERED);

    private final CommandLines commandLines;

    /** @param commandLines how much of command lines is kept */
    public ProcessImages(ProgramSet programs, CommandLines commandLines) {
        this(
                new BpfMap(programs.map("processes"), IMAGE_KEY_LENGTH, PROCESS_LENGTH, 0),
                new BpfMap(programs.map("command_parts"), IMAGE_KEY_LENGTH, PART_SIZE, 0),
                new BpfMap(programs.map("cgroups"), KEY_CGROUP_LENGTH, CGROUP_PATH_LENGTH, 0),
                commandLines);
    }

    /** Takes over the maps. */
    ProcessImages(BpfMap processes, BpfMap commandParts, BpfMap cgroups, CommandLines commandLines) {
        this.processes = processes;
        this.commandParts = commandParts;
        this.cgroups = cgroups;
        this.commandLines = commandLines;
    }

    /** Returns the facts about an image; null if the record was evicted. */
    ImageFacts ofProcess(ImageId image) {
        ImageFacts known = knownImages.get(image);
        if (known != null) {
            return known;
        }
        ImageFacts read = readProcess(image);
        if (read != null && !read.lacksCommandLine()) {
            knownImages.put(image, read);
        }
        return read;
    }

    /**
     * Returns the cgroup with an id; null if unknown. It is unknown if the record was evicted or the path did not fit.
     */
    ControlGroup ofGroup(long id) {
        return knownGroups.computeIfAbsent(id, this::readGroup);
    }

    private ImageFacts readProcess(ImageId image) {
        writeKey(processes.key(), image, /* part= */ 0);
        if (!processes.find()) {
            return null;
        }
        ByteBuffer value = processes.value();
        int ancestors = value.get(PROCESS_ANCESTORS);
        int pathLength = Short.toUnsignedInt(value.getShort(PROCESS_PATH_LENGTH));
        int commandLength = value.getInt(PROCESS_COMMAND_LENGTH);
        boolean wanted = commandLines != CommandLines.NO;
        byte[] command = wanted ? command(image, value, commandLength) : null;
        boolean deleted = value.get(PROCESS_DELETED) != 0;
        RawText path = path(value, PROCESS_PATH, pathLength, PATH_SIZE);
        return new ImageFacts(
                path == null || !deleted ? path : path.followedBy(DELETED),
                deleted,
                command == null ? null : quote(command, commandLength),
                wanted && command == null,
                ancestors == 0 ? 0 : value.getInt(PROCESS_ANCESTOR),
                ancestors(value, ancestors),
                value.getInt(PROCESS_PIDNS),
                value.getInt(PROCESS_DEVICE),
                value.getLong(PROCESS_INODE));
    }

    /** Returns the recorded bytes of a command line; null if a part was evicted. */
    private byte[] command(ImageId image, ByteBuffer value, int commandLength) {
        byte[] command = new byte[Math.min(commandLength, LONG_COMMAND)];
        value.get(PROCESS_COMMAND, command, 0, Math.min(command.length, COMMAND_SIZE));
        int part = 1;
        for (int at = COMMAND_SIZE; at < command.length; at += PART_SIZE) {
            writeKey(commandParts.key(), image, part++);
            if (!commandParts.find()) {
                return null;
            }
            commandParts.value().get(0, command, at, Math.min(PART_SIZE, command.length - at));
        }
        return command;
    }

    private PrintableText quote(byte[] command, int length) {
        ByteBuffer bytes = ByteBuffer.wrap(command);
        return length <= LONG_COMMAND
                ? commandLines.quote(bytes, length, /* cut= */ false)
                : commandLines.quoteEnds(bytes, LONG_COMMAND / 2);
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

    private static void writeKey(ByteBuffer key, ImageId image, int part) {
        key.putLong(OWNER_START, image.start()).putInt(OWNER_TGID, image.tgid()).putInt(OWNER_IMAGE, image.image());
        key.putInt(IMAGE_KEY_VERSION, image.version()).putInt(IMAGE_KEY_PART, part);
    }

    /**
     * Returns the path of the stored names; null if cut or absent. The names are stored from last to first, each ended
     * by a NUL.
     */
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
        commandParts.close();
        cgroups.close();
    }
}
