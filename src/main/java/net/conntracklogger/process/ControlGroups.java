// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Looks up control groups by the 64-bit id that sockets carry. They are of the unified hierarchy (cgroups(7)). The
 * kernel never reuses an id, so a found group is cached. A host with the old hierarchies only has none. Not
 * thread-safe.
 */
public final class ControlGroups implements Closeable {
    /** A path takes up to 16 KiB, if each of its 4,095 bytes is escaped. */
    private static final int MAX_CACHED = 1024;
    /** {@code FILEID_KERNFS} of {@code linux/exportfs.h}: the handle is the 64-bit id. */
    private static final int FILEID_KERNFS = 0xfe;
    /** Id of the root, which a socket also has if its group is unknown. */
    private static final long ROOT_ID = 1;

    /** The hierarchy of systemd on a host of the legacy or hybrid kind. */
    private static final String SYSTEMD = ":name=systemd:";

    private final Path mount;
    private final FileDescriptor mountDescriptor;
    private final boolean placesUnits;
    private final boolean isWhole;
    /** {@code struct file_handle {unsigned int handle_bytes; int handle_type; unsigned char f_handle[8]}}. */
    private final NativeBuffer handle = new NativeBuffer(16);

    private final FileReader files = new FileReader();
    private final Map<Long, ControlGroup> cached = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, ControlGroup> eldest) {
            return size() > MAX_CACHED;
        }
    };

    /**
     * Opens the unified hierarchy, if there is one.
     *
     * @param sys {@code /sys/fs/cgroup}: the hierarchy itself, or a directory in which it is {@code unified}
     */
    public ControlGroups(Path sys) throws LinuxException {
        mount = unifiedMount(sys);
        mountDescriptor = mount == null
                ? new FileDescriptor(-1)
                : FileDescriptor.open(mount.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY);
        placesUnits = mount != null && placesUnits(files, "/proc/self/cgroup");
        isWhole = mount != null && isRoot(mount);
        handle.bytes().putInt(0, Long.BYTES).putInt(4, FILEID_KERNFS);
    }

    private static Path unifiedMount(Path sys) {
        for (Path candidate : new Path[] {sys, sys.resolve("unified")}) {
            if (Files.exists(candidate.resolve("cgroup.procs"))) {
                return candidate;
            }
        }
        return null;
    }

    /** The inode number of a cgroup is its id (cgroup_id() in include/linux/cgroup.h). */
    private static boolean isRoot(Path directory) {
        try {
            return (long) Files.getAttribute(directory, "unix:ino") == ROOT_ID;
        } catch (IOException e) {
            return false;
        }
    }

    /** Reports whether the host has a unified hierarchy. */
    public boolean isUnified() {
        return mount != null;
    }

    /**
     * Reports whether systemd puts units into the unified hierarchy. On a host of the legacy or hybrid kind it uses a
     * hierarchy of its own, and the root of the unified hierarchy says nothing about a process.
     */
    public boolean placesUnits() {
        return placesUnits;
    }

    /** {@code /proc/PID/cgroup} of any process lists all hierarchies (cgroups(7)). */
    static boolean placesUnits(FileReader files, String cgroup) {
        byte[] content = files.bytes(files.read(cgroup));
        return new String(content, StandardCharsets.ISO_8859_1).lines().noneMatch(line -> line.contains(SYSTEMD));
    }

    /** Reports whether the mount shows the whole hierarchy. In a container it shows only a part. */
    public boolean isWhole() {
        return isWhole;
    }

    /** Returns where the hierarchy is mounted; null if there is none. */
    public Path mount() {
        return mount;
    }

    /** Returns a descriptor of the root. Only this object closes it. */
    public int mountDescriptor() {
        return mountDescriptor.number();
    }

    /** Returns the group of an id. Returns null if it is the root, is gone, or is outside of this mount. */
    public ControlGroup byId(long id) {
        if (mount == null || id <= ROOT_ID) {
            return null;
        }
        return cached.computeIfAbsent(id, this::find);
    }

    private ControlGroup find(long id) {
        int fd = openById(id);
        if (fd < 0) {
            return null;
        }
        try {
            byte[] bytes = files.bytes(files.readLink("/proc/self/fd/" + fd));
            String path = UnitPath.text(RawText.copyOf(bytes, 0, bytes.length));
            boolean inside = path.startsWith(mount + "/");
            return inside ? UnitPath.parseDying(path.substring(mount.toString().length())) : null;
        } finally {
            LibC.close(fd);
        }
    }

    private int openById(long id) {
        handle.bytes().putLong(8, id);
        return LibC.open_by_handle_at(mountDescriptor.number(), handle.pointer(), LibC.O_RDONLY | LibC.O_CLOEXEC);
    }

    /**
     * Visits the processes in the group of an id, until the visitor returns false. Does not visit groups below. Opens
     * the group by its id, because its path may be too long to open, or hold bytes that are not UTF-8.
     */
    public void visitProcesses(long id, IntPredicate visitor) {
        int fd = mount == null || id <= ROOT_ID ? -1 : openById(id);
        if (fd < 0) {
            return;
        }
        try {
            visitProcesses("/proc/self/fd/" + fd + "/cgroup.procs", visitor);
        } finally {
            LibC.close(fd);
        }
    }

    private void visitProcesses(String file, IntPredicate visitor) {
        int length = files.read(file);
        int pid = 0;
        for (int i = 0; i < length; i++) {
            byte b = files.content().get(i);
            if (b != '\n') {
                pid = pid * 10 + b - '0';
            } else {
                // 0 stands for a process outside this pid namespace.
                if (pid > 0 && !visitor.test(pid)) {
                    return;
                }
                pid = 0;
            }
        }
    }

    @Override
    public void close() {
        mountDescriptor.close();
        handle.close();
        files.close();
    }
}
