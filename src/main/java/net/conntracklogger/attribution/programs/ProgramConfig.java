// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.process.ControlGroups;

/** Writes {@code struct config} of the BPF programs. It has the namespaces and the cgroup root of this process. */
public final class ProgramConfig {
    /** Offsets in {@code struct config} of {@code src/main/bpf/layout.h}. */
    private static final int NETNS_COOKIE = 0;

    private static final int CGROUP_ROOT = 8;
    private static final int PIDNS = 16;
    private static final int TRACE_MASK = 20;
    private static final int SURE_FROM = 24;
    private static final int LENGTH = 32;

    /** Time for which conntrack keeps a UDP flow without an answer by default ({@code nf_conntrack_udp_timeout}). */
    private static final long UDP_TIMEOUT_NANOS = 30_000_000_000L;

    private ProgramConfig() {}

    /** Returns a {@code struct config}, which the caller closes. */
    public static NativeBuffer of(ControlGroups groups, MapSizes sizes) throws IOException {
        NativeBuffer config = new NativeBuffer(LENGTH);
        try {
            config.bytes().putLong(NETNS_COOKIE, netnsCookie());
            config.bytes().putLong(CGROUP_ROOT, inode(groups.mount()));
            config.bytes().putInt(PIDNS, pidNamespace());
            config.bytes().putInt(TRACE_MASK, sizes.traces() - 1);
            config.bytes().putLong(SURE_FROM, System.nanoTime() + UDP_TIMEOUT_NANOS);
            return config;
        } catch (IOException e) {
            config.close();
            throw e;
        }
    }

    /**
     * Copies the time since when the programs run from another {@code struct config}.
     *
     * @return false, and nothing is copied, if anything else differs
     */
    static boolean adoptTime(ByteBuffer config, ByteBuffer former) {
        if (!config.slice(0, SURE_FROM).equals(former.slice(0, SURE_FROM))) {
            return false;
        }
        config.putLong(SURE_FROM, former.getLong(SURE_FROM));
        return true;
    }

    /** Returns the inode of the pid namespace of this process. */
    public static int pidNamespace() throws IOException {
        return (int) inode(Path.of("/proc/self/ns/pid"));
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
                            LibC.SO_NETNS_COOKIE,
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
