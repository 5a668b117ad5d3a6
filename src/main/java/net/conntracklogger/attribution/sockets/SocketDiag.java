// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkSocket;

/**
 * Asks the kernel for the socket of one flow (sock_diag(7), {@code linux/inet_diag.h}): TCP, UDP and UDP-Lite, IPv4,
 * IPv6 and IPv4 on IPv6 sockets. Not safe for use by several threads.
 */
final class SocketDiag implements AutoCloseable {
    /** {@code SOCK_DIAG_BY_FAMILY} */
    private static final short SOCK_DIAG_BY_FAMILY = 20;

    /** {@code INET_DIAG_SKV6ONLY}, {@code INET_DIAG_CGROUP_ID}: attributes of an answer. */
    private static final int INET_DIAG_SKV6ONLY = 11;

    private static final int INET_DIAG_CGROUP_ID = 21;
    /** {@code INET_DIAG_INFO}: an attribute that is asked for by its bit. */
    private static final int INET_DIAG_INFO = 2;

    /** {@code TCP_LISTEN} of {@code linux/tcp_states.h} */
    static final int TCP_LISTEN = 10;

    private static final int ALL_STATES = -1;
    private static final int NO_COOKIE = -1;

    /** struct inet_diag_req_v2 {u8 family, protocol, ext, pad; u32 states; struct inet_diag_sockid id} after nlmsghdr. */
    private static final int REQUEST = NetlinkSocket.HEADER_LENGTH;

    private static final int REQUEST_LENGTH = REQUEST + 56;
    private static final int REQUEST_EXT = REQUEST + 2;
    private static final int REQUEST_ID = REQUEST + 8;
    /** struct inet_diag_sockid {be16 sport, dport; be32 src[4], dst[4]; u32 if, cookie[2]} */
    private static final int ID_SPORT = 0;

    private static final int ID_DPORT = 2;
    private static final int ID_SRC = 4;
    private static final int ID_DST = 20;
    private static final int ID_IF = 36;
    private static final int ID_COOKIE = 40;
    /**
     * struct inet_diag_msg {u8 family, state, timer, retrans; struct inet_diag_sockid id; u32 expires, rqueue, wqueue,
     * uid, inode} after nlmsghdr, then attributes.
     */
    private static final int ANSWER = NetlinkSocket.HEADER_LENGTH;

    private static final int ANSWER_STATE = ANSWER + 1;
    private static final int ANSWER_ID = ANSWER + 4;
    private static final int ANSWER_WQUEUE = ANSWER + 60;
    private static final int ANSWER_UID = ANSWER + 64;
    private static final int ANSWER_INODE = ANSWER + 68;
    private static final int ANSWER_LENGTH = ANSWER + 72;
    private static final int ANSWER_TIMEOUT_MS = 1000;

    /** Where an answer begins. */
    interface Answers {
        void visit(int at) throws LinuxException;
    }

    private final NetlinkSocket socket;
    private final NativeBuffer request = new NativeBuffer(REQUEST_LENGTH);
    private final NativeBuffer answer = new NativeBuffer(64 * 1024);
    private int sequence;

    SocketDiag() throws LinuxException {
        socket = NetlinkSocket.open("NETLINK_SOCK_DIAG", NetlinkSocket.NETLINK_SOCK_DIAG, 0);
        socket.setReceiveTimeout(ANSWER_TIMEOUT_MS);
    }

    static boolean covers(Protocol protocol) {
        return protocol.equals(Protocol.TCP) || protocol.equals(Protocol.UDP) || protocol.equals(Protocol.UDPLITE);
    }

    /**
     * The socket to which a packet of the reversed tuple would go: that of the tuple's sender.
     *
     * @param tuple with this host's end as its source
     * @return null where there is none
     */
    DiagSocket lookup(FlowTuple tuple) throws LinuxException {
        int length = ask(tuple, 0);
        DiagSocket found = length < 0 ? null : socket(0);
        return found != null && isOf(tuple, 0, found) ? found : null;
    }

    /**
     * What the tuple's own TCP socket has counted.
     *
     * @param tuple with this host's end as its source
     * @return null where there is no such socket
     */
    TcpCounters counters(FlowTuple tuple) throws LinuxException {
        int length = ask(tuple, 1 << INET_DIAG_INFO - 1);
        DiagSocket found = length < 0 ? null : socket(0);
        if (found == null || !found.connected() || !isOf(tuple, 0, found)) {
            return null;
        }
        ByteBuffer bytes = answer.bytes();
        int info = NetlinkAttributes.find(bytes, ANSWER_LENGTH, bytes.getInt(0), INET_DIAG_INFO);
        return info < 0 || NetlinkAttributes.end(bytes, info) - info < TcpCounters.SHORTEST
                ? null
                : TcpCounters.read(bytes, info, Integer.toUnsignedLong(bytes.getInt(ANSWER_WQUEUE)));
    }

    /** Looks the socket up; answers the answer's length, or -1 where there is none. */
    private int ask(FlowTuple tuple, int extensions) throws LinuxException {
        // TCP takes this host's end as source; UDP looks up an incoming packet, whose destination is this host.
        boolean tcp = tuple.protocol().equals(Protocol.TCP);
        writeRequest(tcp ? tuple : tuple.reversed(), NetlinkSocket.NLM_F_REQUEST, ALL_STATES);
        request.bytes().put(REQUEST_EXT, (byte) extensions);
        socket.send(request.pointer(), REQUEST_LENGTH);
        int length = receive();
        int type = answer.bytes().getShort(4);
        if (type == NetlinkSocket.NLMSG_ERROR) {
            checkNotThere(0, "look up with sock_diag the socket of", tuple.toString());
            return -1;
        }
        return length;
    }

    private void checkNotThere(int at, String operation, String object) throws LinuxException {
        int errno = -answer.bytes().getInt(at + NetlinkSocket.HEADER_LENGTH);
        if (errno != Errno.ENOENT) {
            throw new LinuxException(operation, object, errno, "");
        }
    }

    /** A lookup finds also what merely shares the port; believe it only where ports and peer are the flow's. */
    private boolean isOf(FlowTuple tuple, int at, DiagSocket found) {
        if (port(at + ANSWER_ID + ID_SPORT) != tuple.sourcePort()) {
            return false;
        }
        return !found.connected()
                || port(at + ANSWER_ID + ID_DPORT) == tuple.destinationPort()
                        && holdsAddress(at, ID_DST, tuple.destination());
    }

    /**
     * Visits the sockets of a kind, IPv6 ones or IPv4 ones, by where their answers begin.
     *
     * @param port their local one; 0 for all
     * @param states by the bits of {@code linux/tcp_states.h}
     * @return whether the kernel knows sockets of the kind
     */
    boolean dump(boolean v6, Protocol protocol, int port, int states, Answers answers) throws LinuxException {
        int flags = NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_DUMP;
        writeHeader(v6, protocol, flags, states).putShort(REQUEST_ID + ID_SPORT, bigEndian(port));
        socket.send(request.pointer(), REQUEST_LENGTH);
        while (true) {
            int length = receive();
            for (int at = 0;
                    at < length;
                    at += NetlinkAttributes.align(answer.bytes().getInt(at))) {
                int type = answer.bytes().getShort(at + 4);
                if (type == NetlinkSocket.NLMSG_DONE) {
                    return true;
                }
                if (type == NetlinkSocket.NLMSG_ERROR) {
                    checkNotThere(at, "list with sock_diag the sockets of", protocol.toString());
                    return false;
                }
                answers.visit(at);
            }
        }
    }

    /** Whether the socket is bound to this address. */
    boolean isAt(int at, IpAddress address) {
        return holdsAddress(at, ID_SRC, address);
    }

    /** Whether the socket is bound to no address. */
    boolean isAtAny(int at) {
        return IpAddress.read(answer.bytes(), at + ANSWER_ID + ID_SRC, true).isUnspecified();
    }

    /** Whether the socket is bound to a device (SO_BINDTODEVICE). */
    boolean isOfDevice(int at) {
        return answer.bytes().getInt(at + ANSWER_ID + ID_IF) != 0;
    }

    /** Whether it is an IPv6 socket that talks no IPv4. */
    boolean isV6Only(int at) {
        return attribute(at, INET_DIAG_SKV6ONLY, 1) == 1;
    }

    private boolean holdsAddress(int at, int field, IpAddress address) {
        boolean inV6 = answer.bytes().get(at + ANSWER) == LibC.AF_INET6;
        IpAddress held = IpAddress.read(answer.bytes(), at + ANSWER_ID + field, inV6);
        return held.equals(inV6 ? address.asMapped() : address);
    }

    private void writeRequest(FlowTuple tuple, int flags, int states) {
        ByteBuffer bytes = writeHeader(tuple.v6(), tuple.protocol(), flags, states);
        bytes.putShort(REQUEST_ID + ID_SPORT, bigEndian(tuple.sourcePort()));
        bytes.putShort(REQUEST_ID + ID_DPORT, bigEndian(tuple.destinationPort()));
        tuple.source().write(bytes, REQUEST_ID + ID_SRC);
        tuple.destination().write(bytes, REQUEST_ID + ID_DST);
    }

    private ByteBuffer writeHeader(boolean v6, Protocol protocol, int flags, int states) {
        ByteBuffer bytes = request.bytes();
        for (int i = 0; i < REQUEST_LENGTH; i += Integer.BYTES) {
            bytes.putInt(i, 0);
        }
        bytes.putInt(0, REQUEST_LENGTH).putShort(4, SOCK_DIAG_BY_FAMILY).putShort(6, (short) flags);
        bytes.putInt(8, ++sequence);
        bytes.put(REQUEST, (byte) (v6 ? LibC.AF_INET6 : LibC.AF_INET)).put(REQUEST + 1, (byte) protocol.number());
        bytes.putInt(REQUEST + 4, states);
        return bytes.putInt(REQUEST_ID + ID_COOKIE, NO_COOKIE).putInt(REQUEST_ID + ID_COOKIE + 4, NO_COOKIE);
    }

    /** Receives what answers the last request; a late answer to an earlier one is passed over. */
    private int receive() throws LinuxException {
        while (true) {
            int length = socket.receive(answer, 0);
            if (length == -Errno.EINTR) {
                continue;
            }
            if (length < 0) {
                throw new LinuxException("receive the answer of", "sock_diag", -length, "");
            }
            if (length >= NetlinkSocket.HEADER_LENGTH && answer.bytes().getInt(8) == sequence) {
                return length;
            }
        }
    }

    /** The socket of an answer. */
    DiagSocket socket(int at) throws LinuxException {
        ByteBuffer bytes = answer.bytes();
        int length = bytes.getInt(at);
        if (length < ANSWER_LENGTH) {
            throw new LinuxException("read the answer of", "sock_diag (" + length + " bytes)", Errno.EINVAL, "");
        }
        return new DiagSocket(
                bytes.getLong(at + ANSWER_ID + ID_COOKIE),
                port(at + ANSWER_ID + ID_SPORT),
                Integer.toUnsignedLong(bytes.getInt(at + ANSWER_INODE)),
                Integer.toUnsignedLong(bytes.getInt(at + ANSWER_UID)),
                attribute(at, INET_DIAG_CGROUP_ID, Long.BYTES),
                bytes.get(at + ANSWER_STATE) == TCP_LISTEN,
                port(at + ANSWER_ID + ID_DPORT) != 0);
    }

    /** The value of an attribute of 1 or 8 bytes, 0 where the answer has none. */
    private long attribute(int at, int type, int length) {
        ByteBuffer bytes = answer.bytes();
        int end = at + bytes.getInt(at);
        // struct rtattr {u16 len; u16 type}
        for (int i = at + ANSWER_LENGTH; i + 4 <= end; i += NetlinkAttributes.align(bytes.getShort(i) & 0xffff)) {
            int size = bytes.getShort(i) & 0xffff;
            if (size < 4) {
                return 0;
            }
            if (bytes.getShort(i + 2) == type && size >= 4 + length) {
                return length == 1 ? bytes.get(i + 4) : bytes.getLong(i + 4);
            }
        }
        return 0;
    }

    private int port(int offset) {
        return bigEndian(answer.bytes().getShort(offset)) & 0xffff;
    }

    private static short bigEndian(int port) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? (short) port : Short.reverseBytes((short) port);
    }

    @Override
    public void close() {
        socket.close();
        request.close();
        answer.close();
    }
}
