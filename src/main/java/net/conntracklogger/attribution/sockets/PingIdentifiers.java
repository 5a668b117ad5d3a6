// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.NetworkOrder;

/**
 * The identifiers that the kernel assigns to ping sockets that request none. The kernel assigns them in ascending order, from
 * one counter for all network namespaces ({@code ping_get_port()}), so an identifier returns only after 65,534 others. A
 * socket with an identifier assigned since the mark is therefore the first socket to have it. Reads the counter by binding a
 * ping socket of its own. Not thread-safe.
 */
final class PingIdentifiers implements AutoCloseable {
    /** struct sockaddr_in {u16 family; be16 port; be32 addr; u8 pad[8]} */
    private static final int SOCKADDR_LENGTH = 16;

    private static final int PORT = 2;
    private static final int IPPROTO_ICMP = 1;
    /** No identifier: {@code ping_group_range} of icmp(7) denies the socket. */
    static final int NONE = 0;

    private final NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH);
    private final NativeBuffer length = new NativeBuffer(Integer.BYTES);
    private int mark = NONE;

    /** Marks the identifier that the kernel assigns now. */
    void mark() {
        mark = take();
    }

    /**
     * Reports whether the kernel has assigned the identifier since the mark. A process that chose the identifier itself is
     * mistaken for this only if it chose one of the next ones by chance.
     */
    boolean assignedSinceMark(int identifier) {
        return isBetween(mark, identifier, take());
    }

    /** Reports whether counting up from the mark, modulo 65,536, reaches the identifier before now. */
    static boolean isBetween(int mark, int identifier, int now) {
        int since = identifier - mark & 0xffff;
        return mark != NONE && now != NONE && since > 0 && since < (now - mark & 0xffff);
    }

    private int take() {
        int fd = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, IPPROTO_ICMP);
        if (fd < 0) {
            return NONE;
        }
        try {
            address.bytes().putLong(0, 0).putShort(0, (short) LibC.AF_INET);
            length.bytes().putInt(0, SOCKADDR_LENGTH);
            boolean bound = LibC.bind(fd, address.pointer(), SOCKADDR_LENGTH) == 0
                    && LibC.getsockname(fd, address.pointer(), length.pointer()) == 0;
            return bound ? NetworkOrder.get16(address.bytes(), PORT) : NONE;
        } finally {
            LibC.close(fd);
        }
    }

    @Override
    public void close() {
        address.close();
        length.close();
    }
}
