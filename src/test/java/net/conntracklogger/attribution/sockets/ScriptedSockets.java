// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.Addresses.address;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;
import org.junit.jupiter.api.AfterEach;

/** Lookups of sockets and a scripted kernel. */
abstract class ScriptedSockets {
    static final int SOCK_DIAG_BY_FAMILY = 20;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int ESTABLISHED = 1;
    static final int LISTEN = 10;
    static final int INET_DIAG_INFO = 2;
    static final int INET_DIAG_SKV6ONLY = 11;
    static final int INET_DIAG_CGROUP_ID = 21;
    static final long COOKIE = 0x0102030405060708L;

    final FakeNetlink kernel = FakeNetlink.answering();
    final SocketDiag sockets = new SocketDiag(kernel);

    @AfterEach
    void close() {
        sockets.close();
    }

    static FakeMessage own() {
        return socket(AF_INET, ESTABLISHED, 40_000, 53, "192.0.2.1", "192.0.2.2");
    }

    /** struct inet_diag_msg of linux/inet_diag.h. */
    static FakeMessage socket(int family, int state, int port, int peerPort, String source, String peer) {
        return FakeMessage.of(SOCK_DIAG_BY_FAMILY)
                .flags(2)
                .u8(family, state, 0, 0)
                .be16(port)
                .be16(peerPort)
                .u8(padded(family, source))
                .u8(padded(family, peer))
                .u32(0)
                .u64(COOKIE)
                // expires, rqueue, wqueue, uid, inode
                .u32(1, 2, 3, -2, 0xf0000000);
    }

    /** 16 bytes; an IPv6 socket has an IPv4 address in its mapped form. */
    static int[] padded(int family, String text) {
        IpAddress address = family == AF_INET6 ? address(text).asMapped() : address(text);
        byte[] bytes = new byte[16];
        address.write(ByteBuffer.wrap(bytes), 0);
        int[] values = new int[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = bytes[i];
        }
        return values;
    }
}
