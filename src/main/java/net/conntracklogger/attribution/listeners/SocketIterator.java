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
 * The BPF iterator {@code sockets}. Yields one {@code struct socket_holder} for each file descriptor of a socket; 10,000
 * sockets take 18 ms and more. Not thread-safe.
 */
public final class SocketIterator {
    /** All processes in the pid namespace of the service. */
    public static final int ALL = 0;

    /**
     * Size of the buffer. The kernel gathers 32 KiB and returns whole records if the buffer has room for that
     * (kernel/bpf/bpf_iter.c).
     */
    private static final int BUFFER = 64 * 1024;

    /** Receives the records one by one. */
    public interface Visitor {
        /**
         * Receives a record.
         *
         * @param at offset of the record in the bytes, which are valid until this method returns
         */
        void visit(ByteBuffer bytes, int at);
    }

    private final Pointer program;
    private final String name;
    private final int rowLength;

    /** @param program belongs to a {@link net.conntracklogger.attribution.records.ProgramSet}, which must outlive this */
    public SocketIterator(Pointer program) {
        this(program, "sockets", HOLDER_LENGTH);
    }

    /** Creates an iterator with another name and other rows. */
    SocketIterator(Pointer program, String name, int rowLength) {
        this.program = program;
        this.name = name;
        this.rowLength = rowLength;
    }

    /**
     * Lists the sockets of a process.
     *
     * @param pid of the process, or {@link #ALL}
     */
    public void run(int pid, Visitor visitor) throws LinuxException {
        Pointer link = attach(pid);
        try (NativeBuffer buffer = new NativeBuffer(BUFFER)) {
            int fd = bpf_iter_create(bpf_link__fd(link));
            if (fd < 0) {
                throw new LinuxException("run BPF iterator", name, -fd, "");
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
                throw LinuxException.last("attach BPF iterator", name, "");
            }
            return link;
        }
    }

    private void read(int fd, NativeBuffer buffer, Visitor visitor) throws LinuxException {
        while (true) {
            int length = (int) LibC.read(fd, buffer.pointer(), buffer.size());
            int errno = length < 0 ? Native.getLastError() : length % rowLength != 0 ? Errno.EINVAL : 0;
            if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
                continue; // The kernel has skipped a million descriptors that are no sockets.
            }
            if (errno != 0) {
                throw new LinuxException("read BPF iterator", name, errno, "");
            }
            if (length == 0) {
                return;
            }
            for (int at = 0; at < length; at += rowLength) {
                visitor.visit(buffer.bytes(), at);
            }
        }
    }
}
