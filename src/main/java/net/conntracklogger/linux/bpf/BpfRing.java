// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.bpf;

import com.sun.jna.Pointer;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.Poll;

/** A ring buffer that BPF programs append rows to (BPF_MAP_TYPE_RINGBUF). {@link #await} and {@link #read} are thread-safe. */
public final class BpfRing implements Closeable {
    private final Poll poll;
    /**
     * The positions up to which this process has read and programs have appended. Each is at the beginning of a page
     * ({@code struct bpf_ringbuf} in the kernel's ringbuf.c).
     */
    private final Pointer positions;

    private final int page = LibC.getpagesize();
    /** Kept in a field. The garbage collector would otherwise free the native code that calls it. */
    private final LibBpf.RingRow row = this::take;

    private final Pointer ring;
    private List<byte[]> rows;
    private int room;

    /**
     * Opens the ring.
     *
     * @param fd descriptor of the map, which the caller closes after this object
     * @throws LinuxException if the ring cannot be mapped into memory
     */
    public BpfRing(int fd) throws LinuxException {
        poll = Poll.wakeable(fd);
        ring = LibBpf.ring_buffer__new(fd, row, null, null);
        if (ring == null) {
            throw failure();
        }
        positions = LibC.mmap(null, 2L * page, LibC.PROT_READ, LibC.MAP_SHARED, fd, 0);
        if (Pointer.nativeValue(positions) == LibC.MAP_FAILED) {
            LinuxException failure = failure();
            LibBpf.ring_buffer__free(ring);
            throw failure;
        }
    }

    private LinuxException failure() {
        LinuxException failure = LinuxException.last("map", "the BPF ring buffer", "");
        poll.close();
        return failure;
    }

    /** Waits until there is a row, but not longer than {@code milliseconds}. Called by one thread only. */
    public void await(int milliseconds) throws LinuxException {
        poll.await(milliseconds);
    }

    /** Ends {@link #await}, now and later. Thread-safe. */
    public void wake() {
        poll.wake();
    }

    /** Removes and returns the oldest rows, at most {@code most}. Does not block. */
    public synchronized List<byte[]> read(int most) {
        // There is a call for each flow, and rarely a row.
        if (positions.getLong(0) == positions.getLong(page)) {
            return List.of();
        }
        rows = new ArrayList<>();
        room = most;
        LibBpf.ring_buffer__consume(ring);
        return rows;
    }

    /** Copies a row. libbpf removes the row in any case, and passes the next one if this returns 0. */
    private int take(Pointer context, Pointer data, long size) {
        rows.add(data.getByteArray(0, (int) size));
        return --room > 0 ? 0 : -1;
    }

    @Override
    public synchronized void close() {
        LibC.munmap(positions, 2L * page);
        LibBpf.ring_buffer__free(ring);
        poll.close();
    }
}
