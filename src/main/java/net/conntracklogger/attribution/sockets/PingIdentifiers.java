// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The identifiers of echo requests that the kernel gives to ping sockets that ask for none: one after the other, in all
 * network namespaces together ({@code ping_get_port()}). So none comes again before 65,534 others, and a socket that has one
 * given lately is the first to have it. To see how far they are this takes one itself. Not safe for use by several threads.
 */
final class PingIdentifiers implements AutoCloseable {
    /** struct sockaddr_in {u16 family; be16 port; be32 addr; u8 pad[8]} */
    private static final int SOCKADDR_LENGTH = 16;

    private static final int PORT = 2;
    private static final int IPPROTO_ICMP = 1;
    /** None is to be had: {@code ping_group_range}, icmp(7). */
    private static final int NONE = 0;

    private final NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH);
    private final NativeBuffer length = new NativeBuffer(Integer.BYTES);
    private int mark = NONE;

    /** From now on, those that follow are given lately. */
    void mark() {
        mark = take();
    }

    /** Whether the kernel gave it since the mark, and not a process chose it: unless that chose by chance what comes next. */
    boolean isGivenLately(int identifier) {
        int now = take();
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
            // In network byte order.
            return bound
                    ? (address.bytes().get(PORT) & 0xff) << 8 | address.bytes().get(PORT + 1) & 0xff
                    : NONE;
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
