// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_LENGTH;
import static net.conntracklogger.linux.bpf.LibBpf.*;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The eBPF program that lists which process holds which socket: one {@code struct socket_holder} for each file descriptor.
 * 10,000 sockets took it 18 ms and more. Not safe for use by several threads.
 */
public final class SocketIterator {
    /** Its name in the object file. */
    public static final String PROGRAM = "sockets";

    /** All processes that can be seen from the service's pid namespace. */
    public static final int ALL = 0;

    /** The kernel gives whole records to whoever has room for what it gathers, 32 KiB (kernel/bpf/bpf_iter.c). */
    private static final int BUFFER = 64 * 1024;

    /** What looks at the records, one by one. */
    public interface Visitor {
        /**
         * Looks at one.
         *
         * @param at where in the bytes it begins; they mean nothing when this has returned
         */
        void visit(ByteBuffer bytes, int at);
    }

    private final Pointer program;

    /** @param program stays its owner's */
    public SocketIterator(Pointer program) {
        this.program = program;
    }

    /**
     * Lists the sockets.
     *
     * @param pid of the process whose they are, or {@link #ALL}
     */
    public void run(int pid, Visitor visitor) throws LinuxException {
        Pointer link = attach(pid);
        try (NativeBuffer buffer = new NativeBuffer(BUFFER)) {
            int fd = bpf_iter_create(bpf_link__fd(link));
            if (fd < 0) {
                throw new LinuxException("run eBPF iterator", PROGRAM, -fd, "");
            }
            try {
                read(fd, buffer, visitor);
            } finally {
                LibC.close(fd);
            }
        } finally {
            bpf_link__destroy(link);
        }
    }

    private Pointer attach(int pid) throws LinuxException {
        // struct bpf_iter_attach_opts {size_t sz; union bpf_iter_link_info *link_info; u32 link_info_len}
        // union bpf_iter_link_info {struct {u32 tid; u32 pid; u32 pid_fd} task; ...}, of 16 bytes
        try (NativeBuffer options = new NativeBuffer(24);
                NativeBuffer task = new NativeBuffer(16)) {
            task.bytes().putInt(4, pid);
            options.bytes()
                    .putLong(0, options.size())
                    .putLong(8, task.address())
                    .putInt(16, task.size());
            Pointer link = bpf_program__attach_iter(program, pid == ALL ? null : options.pointer());
            if (link == null) {
                throw LinuxException.last("attach eBPF iterator", PROGRAM, "");
            }
            return link;
        }
    }

    private static void read(int fd, NativeBuffer buffer, Visitor visitor) throws LinuxException {
        while (true) {
            int length = (int) LibC.read(fd, buffer.pointer(), buffer.size());
            int errno = length < 0 ? Native.getLastError() : length % HOLDER_LENGTH != 0 ? Errno.EINVAL : 0;
            if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
                continue; // It has passed over a million descriptors that are no sockets.
            }
            if (errno != 0) {
                throw new LinuxException("read eBPF iterator", PROGRAM, errno, "");
            }
            if (length == 0) {
                return;
            }
            for (int at = 0; at < length; at += HOLDER_LENGTH) {
                visitor.visit(buffer.bytes(), at);
            }
        }
    }
}
