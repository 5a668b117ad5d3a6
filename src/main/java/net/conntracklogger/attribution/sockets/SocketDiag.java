// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NetworkOrder;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkConnection;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import net.conntracklogger.linux.netlink.NetlinkMessage;
import net.conntracklogger.linux.netlink.NetlinkSocket;
import net.conntracklogger.linux.netlink.NetlinkTransport;

/**
 * Looks up and lists sockets in the kernel (sock_diag(7), {@code linux/inet_diag.h}). The sockets are of TCP, UDP and
 * UDP-Lite, of IPv4, of IPv6, and of IPv4 on IPv6 sockets. Not thread-safe.
 */
final class SocketDiag implements AutoCloseable {
    /** {@code TCP_LISTEN} of {@code linux/tcp_states.h} */
    static final int TCP_LISTEN = 10;

    private static final int SOCK_DIAG_BY_FAMILY = 20;
    private static final int ALL_STATES = -1;
    private static final int NO_COOKIE = -1;
    private static final int NO_EXTENSIONS = 0;

    /** Attributes of an answer. A request selects the first by the bit {@code 1 << (number - 1)}. */
    private static final int INET_DIAG_INFO = 2;

    private static final int INET_DIAG_SKV6ONLY = 11;
    private static final int INET_DIAG_CGROUP_ID = 21;

    /** struct inet_diag_sockid {be16 sport, dport; be32 src[4], dst[4]; u32 if, cookie[2]} */
    private static final int ID_SPORT = 0;

    private static final int ID_DPORT = 2;
    private static final int ID_SRC = 4;
    private static final int ID_DST = 20;
    private static final int ID_IF = 36;
    private static final int ID_COOKIE = 40;
    /** struct inet_diag_req_v2 {u8 family, protocol, ext, pad; u32 states; struct inet_diag_sockid id} after nlmsghdr. */
    private static final int REQUEST = NetlinkHeader.SIZE;

    private static final int REQUEST_LENGTH = 56;
    private static final int REQUEST_PROTOCOL = REQUEST + 1;
    private static final int REQUEST_EXT = REQUEST + 2;
    private static final int REQUEST_STATES = REQUEST + 4;
    private static final int REQUEST_ID = REQUEST + 8;
    /**
     * Offset of {@code struct inet_diag_msg}, which attributes follow. Its members are {@code u8 family, state, timer,
     * retrans; struct inet_diag_sockid id; u32 expires, rqueue, wqueue, uid, inode}.
     */
    private static final int ANSWER = NetlinkHeader.SIZE;

    private static final int ANSWER_STATE = ANSWER + 1;
    private static final int ANSWER_ID = ANSWER + 4;
    private static final int ANSWER_WQUEUE = ANSWER + 60;
    private static final int ANSWER_UID = ANSWER + 64;
    private static final int ANSWER_INODE = ANSWER + 68;
    private static final int ANSWER_END = ANSWER + 72;
    private static final int DATAGRAM_LENGTH = 64 * 1024;

    /** Takes the offset of an answer, for {@link #socket} and the other readers of this class. */
    interface Answers {
        void visit(int at) throws LinuxException;
    }

    private final NetlinkConnection connection;

    /** Opens a socket for lookups in this network namespace. */
    SocketDiag() throws LinuxException {
        this(NetlinkSocket.open("sock_diag", NetlinkSocket.NETLINK_SOCK_DIAG, /* groups= */ 0));
    }

    SocketDiag(NetlinkTransport transport) {
        connection = new NetlinkConnection(transport, DATAGRAM_LENGTH);
    }

    /** Reports whether sockets of the protocol can be looked up. */
    static boolean covers(Protocol protocol) {
        return protocol.equals(Protocol.TCP) || protocol.isUdp();
    }

    /**
     * Looks up the socket of the tuple's source. A packet of the reversed tuple reaches this socket.
     *
     * @param tuple whose source is on this host
     * @return null if there is none
     */
    DiagSocket lookup(FlowTuple tuple) throws LinuxException {
        int answer = lookup(tuple, NO_EXTENSIONS);
        DiagSocket found = answer < 0 ? null : socket(answer);
        return found != null && isOf(tuple, answer, found) ? found : null;
    }

    /**
     * Reads what the tuple's own TCP socket has counted.
     *
     * @param tuple whose source is on this host
     * @return null if there is no such socket, or if this kernel has fewer counters
     */
    TcpCounters counters(FlowTuple tuple) throws LinuxException {
        int answer = lookup(tuple, 1 << INET_DIAG_INFO - 1);
        DiagSocket found = answer < 0 ? null : socket(answer);
        if (found == null || !found.connected() || !isOf(tuple, answer, found)) {
            return null;
        }
        ByteBuffer bytes = connection.bytes();
        int info = attribute(answer, INET_DIAG_INFO, TcpCounters.SHORTEST);
        return info < 0
                ? null
                : TcpCounters.read(bytes, info, Integer.toUnsignedLong(bytes.getInt(answer + ANSWER_WQUEUE)));
    }

    /** Returns the offset of the answer, or -1 if there is no socket. */
    private int lookup(FlowTuple tuple, int extensions) throws LinuxException {
        // TCP takes the local side as source; UDP looks up an incoming packet, whose destination is the local side.
        FlowTuple sought = tuple.protocol().equals(Protocol.TCP) ? tuple : tuple.reversed();
        ByteBuffer request = begin(sought.v6(), sought.protocol(), /* flags= */ 0, ALL_STATES);
        request.put(REQUEST_EXT, (byte) extensions);
        NetworkOrder.put16(request, REQUEST_ID + ID_SPORT, sought.sourcePort());
        NetworkOrder.put16(request, REQUEST_ID + ID_DPORT, sought.destinationPort());
        sought.source().write(request, REQUEST_ID + ID_SRC);
        sought.destination().write(request, REQUEST_ID + ID_DST);
        int answer = connection.exchange();
        if (answer < 0 && answer != -Errno.ENOENT) {
            throw connection.failure("look up with sock_diag the socket of", tuple.toString(), answer, "");
        }
        return answer < 0 ? -1 : answer;
    }

    /**
     * Reports whether the socket has the ports and the peer of the flow. A lookup also finds sockets that only share
     * the port.
     */
    private boolean isOf(FlowTuple tuple, int at, DiagSocket found) {
        return found.port() == tuple.sourcePort()
                && (!found.connected()
                        || port(at, ID_DPORT) == tuple.destinationPort()
                                && holdsAddress(at, ID_DST, tuple.destination()));
    }

    /**
     * Visits the sockets of one family and protocol by the offsets of their answers.
     *
     * @param port local port; 0 for all
     * @param states bits of {@code linux/tcp_states.h}
     * @return false if the kernel knows no sockets of the kind
     */
    boolean dump(boolean v6, Protocol protocol, int port, int states, Answers answers) throws LinuxException {
        ByteBuffer request = begin(v6, protocol, NetlinkHeader.NLM_F_DUMP, states);
        NetworkOrder.put16(request, REQUEST_ID + ID_SPORT, port);
        int result = connection.dump(answers::visit);
        if (result < 0 && result != -Errno.ENOENT) {
            throw connection.failure("list with sock_diag the sockets of", protocol.toString(), result, "");
        }
        return result == 0;
    }

    private ByteBuffer begin(boolean v6, Protocol protocol, int flags, int states) {
        NetlinkMessage message = connection.begin(SOCK_DIAG_BY_FAMILY, flags);
        message.putHeader(REQUEST_LENGTH);
        ByteBuffer request = message.bytes();
        request.put(REQUEST, (byte) (v6 ? LibC.AF_INET6 : LibC.AF_INET));
        request.put(REQUEST_PROTOCOL, (byte) protocol.number()).putInt(REQUEST_STATES, states);
        return request.putInt(REQUEST_ID + ID_COOKIE, NO_COOKIE)
                .putInt(REQUEST_ID + ID_COOKIE + Integer.BYTES, NO_COOKIE);
    }

    /** Reports whether the socket is bound to this address. */
    boolean isAt(int at, IpAddress address) {
        return holdsAddress(at, ID_SRC, address);
    }

    /** Reports whether the socket is bound to no address. */
    boolean isAtAny(int at) {
        return IpAddress.read(connection.bytes(), at + ANSWER_ID + ID_SRC, true).isUnspecified();
    }

    /** Reports whether the socket is bound to a device (SO_BINDTODEVICE). */
    boolean isOfDevice(int at) {
        return connection.bytes().getInt(at + ANSWER_ID + ID_IF) != 0;
    }

    /** Reports whether the socket is an IPv6 socket that cannot carry IPv4 (IPV6_V6ONLY). */
    boolean isV6Only(int at) {
        int value = attribute(at, INET_DIAG_SKV6ONLY, Byte.BYTES);
        return value >= 0 && connection.bytes().get(value) == 1;
    }

    private boolean holdsAddress(int at, int field, IpAddress address) {
        ByteBuffer bytes = connection.bytes();
        boolean inV6 = bytes.get(at + ANSWER) == LibC.AF_INET6;
        IpAddress held = IpAddress.read(bytes, at + ANSWER_ID + field, inV6);
        return held.equals(inV6 ? address.asMapped() : address);
    }

    /** Returns the socket that an answer describes. */
    DiagSocket socket(int at) throws LinuxException {
        ByteBuffer bytes = connection.bytes();
        int length = NetlinkHeader.length(bytes, at);
        if (length < ANSWER_END) {
            throw new LinuxException("read the answer of", "sock_diag (" + length + " bytes)", Errno.EBADMSG, "");
        }
        int cgroup = attribute(at, INET_DIAG_CGROUP_ID, Long.BYTES);
        return new DiagSocket(
                bytes.getLong(at + ANSWER_ID + ID_COOKIE),
                port(at, ID_SPORT),
                Integer.toUnsignedLong(bytes.getInt(at + ANSWER_INODE)),
                Integer.toUnsignedLong(bytes.getInt(at + ANSWER_UID)),
                cgroup < 0 ? 0 : bytes.getLong(cgroup),
                bytes.get(at + ANSWER_STATE) == TCP_LISTEN,
                port(at, ID_DPORT) != 0);
    }

    /** Returns the offset of an attribute's value; -1 if absent or shorter than the length. */
    private int attribute(int at, int type, int length) {
        ByteBuffer bytes = connection.bytes();
        int end = at + NetlinkHeader.length(bytes, at);
        int value = NetlinkAttributes.find(bytes, at + ANSWER_END, end, type);
        return value < 0 || NetlinkAttributes.end(bytes, value) - value < length ? -1 : value;
    }

    private int port(int at, int field) {
        return NetworkOrder.get16(connection.bytes(), at + ANSWER_ID + field);
    }

    @Override
    public void close() {
        connection.close();
    }
}
