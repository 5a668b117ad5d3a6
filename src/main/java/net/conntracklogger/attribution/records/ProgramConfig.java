// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.CONFIG_CGROUP_ROOT;
import static net.conntracklogger.attribution.records.RecordLayout.CONFIG_LENGTH;
import static net.conntracklogger.attribution.records.RecordLayout.CONFIG_NETNS_COOKIE;
import static net.conntracklogger.attribution.records.RecordLayout.CONFIG_PIDNS;
import static net.conntracklogger.attribution.records.RecordLayout.CONFIG_TRACE_MASK;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.process.ControlGroups;

/** What the eBPF programs must know of this process: its namespaces, and the control groups that it sees. */
final class ProgramConfig {
    /** {@code asm-generic/socket.h} */
    private static final int SO_NETNS_COOKIE = 71;

    private ProgramConfig() {}

    /** A {@code struct config}. */
    static NativeBuffer of(ControlGroups groups, MapSizes sizes) throws IOException {
        NativeBuffer config = new NativeBuffer(CONFIG_LENGTH);
        try {
            config.bytes().putLong(CONFIG_NETNS_COOKIE, netnsCookie());
            config.bytes().putLong(CONFIG_CGROUP_ROOT, inode(groups.mount()));
            config.bytes().putInt(CONFIG_PIDNS, (int) inode(Path.of("/proc/self/ns/pid")));
            config.bytes().putInt(CONFIG_TRACE_MASK, sizes.traces() - 1);
            return config;
        } catch (IOException e) {
            config.close();
            throw e;
        }
    }

    private static long inode(Path path) throws IOException {
        return (Long) Files.getAttribute(path, "unix:ino");
    }

    private static long netnsCookie() throws LinuxException {
        int fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, 0);
        try (NativeBuffer value = new NativeBuffer(Long.BYTES + Integer.BYTES)) {
            value.bytes().putInt(Long.BYTES, Long.BYTES);
            if (LibC.getsockopt(
                            fd,
                            LibC.SOL_SOCKET,
                            SO_NETNS_COOKIE,
                            value.pointer(),
                            value.pointer().share(Long.BYTES))
                    < 0) {
                throw LinuxException.last("read the cookie of", "the network namespace", "needs Linux 5.14");
            }
            return value.bytes().getLong(0);
        } finally {
            LibC.close(fd);
        }
    }
}
