// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.journal;

import com.sun.jna.Native;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import net.conntracklogger.handover.SentEntries;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * A connection to journald's socket, which takes one entry as one datagram. The protocol is the native one
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL). Holds datagrams and sends them together with sendmmsg(2). Connects again if
 * journald has made its socket anew. Not thread-safe.
 */
final class JournalSocket implements Closeable {
    /** Maximum number of datagrams that are held. */
    static final int BATCH = SentEntries.BATCH;
    /** Maximum length of a datagram in bytes; sd_journal_sendv(3) passes longer entries in a memfd. */
    static final int LONGEST = 64 * 1024;

    private static final int SIZE = BATCH * 2048 + LONGEST;

    /** struct iovec {void *base; size_t len} */
    private static final int IOVEC_LENGTH = 16;
    /** struct mmsghdr {struct msghdr {...; struct iovec *iov at 16; size_t iovlen; ...}; unsigned int len} */
    private static final int MMSGHDR_LENGTH = SentEntries.HEADER_LENGTH;

    private static final int MMSGHDR_IOV = 16;
    private static final int MMSGHDR_IOVLEN = 24;

    /** Bytes in flight, as sd_journal_sendv(3) sets them: {@code SNDBUF_SIZE} of systemd's journal-send.c. */
    private static final int SEND_BUFFER = 8 * 1024 * 1024;

    /**
     * Pause while the queue of journald's socket is full. Without a pause, the kernel wakes the
     * thread for each entry that journald reads. In a pause, journald reads many, so that one wake-up serves them all.
     */
    private static final long PAUSE_NANOS = 1_000_000;
    /** Maximum number of pauses in one call of {@link #send}. It bounds the call, so that the caller can be stopped. */
    private static final int MOST_PAUSES = 500;

    private static final int NOT_CONNECTED = -1;

    private final String path;
    private final NativeBuffer address;
    private final NativeBuffer content = new NativeBuffer(SIZE);
    private final NativeBuffer vectors = new NativeBuffer(BATCH * IOVEC_LENGTH);
    private final NativeBuffer untaken = new NativeBuffer(Integer.BYTES);
    private final SentEntries entries;
    private final NativeBuffer headers;
    private int fd = NOT_CONNECTED;
    private int first;
    private int count;
    private int used;
    private long sent;
    private int connections;

    /**
     * Opens no socket yet.
     *
     * @param path of the socket of journald; at most 107 bytes
     * @param entries the headers with which entries are sent
     */
    JournalSocket(Path path, SentEntries entries) {
        this.entries = entries;
        headers = entries.headers();
        this.path = path.toString();
        byte[] name = this.path.getBytes(StandardCharsets.UTF_8);
        // struct sockaddr_un {sa_family_t family; char path[108]}
        address = new NativeBuffer(Short.BYTES + name.length + 1);
        address.bytes().putShort(0, (short) LibC.AF_UNIX).put(Short.BYTES, name);
        for (int i = 0; i < BATCH; i++) {
            headers.bytes()
                    .putLong(i * MMSGHDR_LENGTH + MMSGHDR_IOV, vectors.address() + (long) i * IOVEC_LENGTH)
                    .putLong(i * MMSGHDR_LENGTH + MMSGHDR_IOVLEN, 1);
        }
    }

    /** Reports whether any datagram of at most {@link #LONGEST} bytes can be added. */
    boolean hasRoom() {
        return count < BATCH && used + LONGEST <= SIZE;
    }

    /** Returns the number of datagrams that are held. */
    int held() {
        return count - first;
    }

    /**
     * Adds a datagram, for which there is room.
     *
     * @param number of the entry
     */
    void add(byte[] datagram, int length, long number) {
        entries.setNumber(count, number);
        content.bytes().put(used, datagram, 0, length);
        vectors.bytes()
                .putLong(count * IOVEC_LENGTH, content.address() + used)
                .putLong(count * IOVEC_LENGTH + 8, length);
        used += length;
        count++;
    }

    /** Copies the datagram that is to be sent next. */
    byte[] next() {
        ByteBuffer vector = vectors.bytes();
        byte[] datagram = new byte[(int) vector.getLong(first * IOVEC_LENGTH + 8)];
        content.bytes().get((int) (vector.getLong(first * IOVEC_LENGTH) - content.address()), datagram);
        return datagram;
    }

    /** Drops the datagram that is to be sent next. */
    void drop() {
        first++;
    }

    /**
     * Sends what is held. Waits at most half a second while journald is busy.
     *
     * @return 0 if nothing is held any more, {@code EAGAIN} if journald is still busy, else the errno with which the kernel
     *     refuses the {@link #next} datagram
     * @throws LinuxException if journald's socket cannot be connected to
     */
    int send() throws LinuxException {
        int pauses = 0;
        boolean again = fd != NOT_CONNECTED;
        while (first < count) {
            connect();
            int taken = LibC.sendmmsg(
                    fd,
                    headers.pointer().share((long) first * MMSGHDR_LENGTH),
                    count - first,
                    LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL);
            int errno = taken < 0 ? Native.getLastError() : 0;
            if (errno == 0) {
                first += taken;
                sent += taken;
            } else if (isGone(errno) && again) {
                again = false;
                disconnect();
            } else if (errno == Errno.EAGAIN && pauses++ < MOST_PAUSES) {
                LockSupport.parkNanos(PAUSE_NANOS);
            } else if (errno != Errno.EINTR) {
                return errno;
            }
        }
        entries.clear(count);
        first = 0;
        count = 0;
        used = 0;
        return 0;
    }

    /** Reports whether the socket at the other end was closed. */
    private static boolean isGone(int errno) {
        return errno == Errno.ECONNREFUSED || errno == Errno.ECONNRESET || errno == Errno.ENOTCONN;
    }

    private void connect() throws LinuxException {
        if (fd != NOT_CONNECTED) {
            return;
        }
        fd = LibC.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (fd < 0) {
            throw LinuxException.last("open a socket for", "the journal", "");
        }
        if (LibC.connect(fd, address.pointer(), address.size()) < 0) {
            LinuxException failure =
                    LinuxException.last("connect to the journal's socket", path, "start systemd-journald");
            disconnect();
            throw failure;
        }
        connections++;
        try (NativeBuffer size = new NativeBuffer(Integer.BYTES)) {
            size.bytes().putInt(0, SEND_BUFFER);
            // Without CAP_NET_ADMIN the default stays, which holds some hundred entries.
            LibC.setsockopt(fd, LibC.SOL_SOCKET, LibC.SO_SNDBUFFORCE, size.pointer(), Integer.BYTES);
        }
    }

    /** Counts an entry that was sent in another way. */
    void countOther() {
        sent++;
    }

    /** Returns the number of entries that were sent. */
    long sent() {
        return sent;
    }

    /** Returns how often this was connected. Datagrams that journald had not taken from an earlier socket are lost. */
    int connections() {
        return connections;
    }

    /** Reports whether journald has taken all datagrams that were sent. */
    boolean isTaken() {
        return LibC.ioctl(fd, LibC.SIOCOUTQ, untaken.pointer()) == 0
                && untaken.bytes().getInt(0) == 0;
    }

    private void disconnect() {
        LibC.close(fd);
        fd = NOT_CONNECTED;
    }

    @Override
    public void close() {
        if (fd != NOT_CONNECTED) {
            disconnect();
        }
        content.close();
        vectors.close();
        untaken.close();
        address.close();
    }
}
