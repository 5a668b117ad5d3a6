// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/** Buffers for several datagrams of a netlink socket and their control messages (recvmmsg(2)). Not thread-safe. */
public final class NetlinkBatch implements AutoCloseable {
    /** struct mmsghdr {struct msghdr msg; unsigned int len}, padded to eight bytes. */
    private static final int MMSGHDR_LENGTH = 64;

    private static final int MMSGHDR_LEN = 56;

    private final int size;
    private final NativeBuffer memory;
    private final NativeBuffer content;
    private final NativeBuffer headers;
    private final DatagramHeader[] datagrams;
    private int used;

    /**
     * Allocates the buffers.
     *
     * @param count how many datagrams fit
     * @param size of the longest datagram, in bytes
     */
    public NetlinkBatch(int count, int size) {
        this(count, size, new NativeBuffer(memoryLength(count, size)));
    }

    /**
     * Uses buffers that may hold datagrams of an earlier batch of this form. They stay until {@link #clear}.
     *
     * @param memory of {@link #memoryLength} bytes, which this object closes
     */
    public NetlinkBatch(int count, int size, NativeBuffer memory) {
        this.size = size;
        this.memory = memory;
        content = memory.slice(0, count * size);
        headers = memory.slice(count * size, memory.size() - count * size);
        datagrams = new DatagramHeader[count];
        for (int i = 0; i < count; i++) {
            int extra = count * MMSGHDR_LENGTH + i * DatagramHeader.EXTRA_LENGTH;
            datagrams[i] =
                    new DatagramHeader(headers, i * MMSGHDR_LENGTH, extra, content.address() + (long) i * size, size);
        }
        used = count;
    }

    /** Returns the number of bytes that so many buffers take. */
    public static int memoryLength(int count, int size) {
        return count * (size + MMSGHDR_LENGTH + DatagramHeader.EXTRA_LENGTH);
    }

    /** Forgets the datagrams. */
    public void clear() {
        for (int i = 0; i < used; i++) {
            headers.bytes().putInt(i * MMSGHDR_LENGTH + MMSGHDR_LEN, 0);
        }
    }

    /**
     * Receives the datagrams that wait, as many as fit.
     *
     * @param flags of recvmmsg(2); {@code MSG_TRUNC} is added
     * @return their number, or {@code -errno}
     */
    int receive(int fd, int flags) {
        for (int i = 0; i < used; i++) {
            datagrams[i].reset();
        }
        int received = LibC.recvmmsg(fd, headers.pointer(), datagrams.length, flags | LibC.MSG_TRUNC, null);
        used = Math.max(received, 0);
        return received < 0 ? -Native.getLastError() : received;
    }

    /** Returns how many datagrams fit. */
    public int count() {
        return datagrams.length;
    }

    /** Returns how many bytes of a datagram fit. */
    public int size() {
        return size;
    }

    /** Returns the memory of all datagrams. */
    public NativeBuffer content() {
        return content;
    }

    /** Returns the offset of a datagram in {@link #content}. */
    public int offset(int datagram) {
        return datagram * size;
    }

    /**
     * Returns the length of a datagram as the kernel sent it. It may exceed {@link #size}; it is 0 if none was received
     * since {@link #clear}.
     */
    public int length(int datagram) {
        return headers.bytes().getInt(datagram * MMSGHDR_LENGTH + MMSGHDR_LEN);
    }

    /** Fills a buffer in place of the kernel. */
    void put(int datagram, byte[] bytes, int claimed) {
        ByteBuffer all = content.bytes();
        all.put(offset(datagram), bytes);
        headers.bytes().putInt(datagram * MMSGHDR_LENGTH + MMSGHDR_LEN, claimed);
    }

    /** Returns the id of the network namespace that a datagram came from, or {@link NetlinkDatagram#OWN_NAMESPACE}. */
    public int namespaceId(int datagram) {
        return datagrams[datagram].namespaceId();
    }

    @Override
    public void close() {
        memory.close();
    }
}
