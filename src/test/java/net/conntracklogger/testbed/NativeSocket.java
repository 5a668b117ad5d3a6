// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import com.sun.jna.Native;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/** A socket of a kind that Java does not offer. Child processes inherit the socket: see {@link SocketHolder}. */
public final class NativeSocket implements AutoCloseable {
    /** {@code bits/socket_type.h}, {@code linux/in.h} */
    public static final int SOCK_STREAM = 1;

    public static final int IPPROTO_ICMP = 1;
    public static final int IPPROTO_TCP = 6;
    public static final int IPPROTO_UDP = 17;
    public static final int IPPROTO_UDPLITE = 136;

    /** {@code struct sockaddr_in6 {u16 family; be16 port; be32 flowinfo; u8 addr[16]; u32 scope_id}}; sockaddr_in is shorter. */
    private static final int SOCKADDR_LENGTH = 28;

    /** Of connections that no process accepts; more than any test opens. */
    private static final int BACKLOG = 4096;

    static {
        Native.register(NativeSocket.class, "c");
    }

    private final int fd;
    private boolean closed;

    /** {@code int listen(int sockfd, int backlog);} */
    private static native int listen(int sockfd, int backlog);

    private NativeSocket(int fd) {
        this.fd = fd;
    }

    /** Opens a socket of the address's family and binds it there. If the port is 0, the kernel chooses one. */
    public static NativeSocket bound(InetSocketAddress address, int type, int protocol) throws LinuxException {
        int family = address.getAddress() instanceof Inet6Address ? LibC.AF_INET6 : LibC.AF_INET;
        int fd = check(LibC.socket(family, type, protocol), "socket");
        NativeSocket socket = new NativeSocket(fd);
        try (NativeBuffer native_ = sockaddr(address)) {
            check(LibC.bind(fd, native_.pointer(), SOCKADDR_LENGTH), "bind");
            return socket;
        } catch (LinuxException e) {
            socket.close();
            throw e;
        }
    }

    private static NativeBuffer sockaddr(InetSocketAddress address) {
        boolean v6 = address.getAddress() instanceof Inet6Address;
        NativeBuffer buffer = new NativeBuffer(SOCKADDR_LENGTH);
        ByteBuffer bytes = buffer.bytes();
        bytes.putShort(0, (short) (v6 ? LibC.AF_INET6 : LibC.AF_INET));
        bytes.order(ByteOrder.BIG_ENDIAN).putShort(2, (short) address.getPort());
        bytes.put(v6 ? 8 : 4, address.getAddress().getAddress());
        return buffer;
    }

    private static int check(int result, String call) throws LinuxException {
        if (result < 0) {
            throw LinuxException.last(call, "socket", "");
        }
        return result;
    }

    public int descriptor() {
        return fd;
    }

    /** Returns the port, or the identifier of the echo requests of a ping socket. */
    public int port() throws LinuxException {
        try (NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH);
                NativeBuffer length = new NativeBuffer(Integer.BYTES)) {
            length.bytes().putInt(0, SOCKADDR_LENGTH);
            check(LibC.getsockname(fd, address.pointer(), length.pointer()), "getsockname");
            return address.bytes().order(ByteOrder.BIG_ENDIAN).getShort(2) & 0xffff;
        }
    }

    public void connect(InetSocketAddress peer) throws LinuxException {
        try (NativeBuffer address = sockaddr(peer)) {
            check(LibC.connect(fd, address.pointer(), SOCKADDR_LENGTH), "connect");
        }
    }

    public void listen() throws LinuxException {
        check(listen(fd, BACKLOG), "listen");
    }

    public void send(byte... data) throws LinuxException {
        try (NativeBuffer buffer = new NativeBuffer(data.length)) {
            buffer.bytes().put(0, data);
            check((int) LibC.send(fd, buffer.pointer(), data.length, 0), "send");
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LibC.close(fd);
        }
    }
}
