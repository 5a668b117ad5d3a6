// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.nio.ByteBuffer;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Sends requests to the kernel and receives until each is answered. Skips late answers to earlier requests, repeats
 * interrupted calls, and checks that messages are whole. Received bytes are valid until the next call. Not thread-safe.
 *
 * <p>Results are offsets of messages or {@code -errno}, because an error such as ENOENT is an ordinary answer.
 */
public final class NetlinkConnection implements AutoCloseable {
    /** Result of {@link #receive}: more of the answer follows. */
    public static final int MORE = 1;

    private static final int LONGEST_REQUEST = 512;
    private static final int NONE = -1;

    /** Reads the message at an offset of {@link #bytes}. */
    @FunctionalInterface
    public interface Visitor {
        /** Reads one message, which is whole. */
        void visit(int message) throws LinuxException;
    }

    private final NetlinkTransport transport;
    private final NetlinkDatagram datagram;
    private final NativeBuffer requestBytes = new NativeBuffer(LONGEST_REQUEST);
    private final NetlinkMessage request = new NetlinkMessage(requestBytes.bytes());
    private int sequence;
    /** The message that reported the last error, or {@link #NONE}. */
    private int error = NONE;
    /** Whether a part of the current answer has {@code NLM_F_DUMP_INTR}. */
    private boolean interrupted;
    /** Whether notifications were dropped since the last {@link #poll}. */
    private boolean overrun;

    /**
     * Creates a connection, which closes the transport when it is closed.
     *
     * @param size bytes of the longest datagram; the kernel fills as much of a dump as fits, up to 32 KiB
     */
    public NetlinkConnection(NetlinkTransport transport, int size) {
        this.transport = transport;
        this.datagram = new NetlinkDatagram(size);
    }

    /**
     * Begins a request with the next sequence number.
     *
     * @param flags {@code NLM_F_*}; {@code NLM_F_REQUEST} is added
     */
    public NetlinkMessage begin(int type, int flags) {
        return request.begin(type, flags | NetlinkHeader.NLM_F_REQUEST, ++sequence);
    }

    /** Sends the request that was begun last. */
    public void send() throws LinuxException {
        interrupted = false;
        transport.send(requestBytes, request.end());
    }

    /**
     * Sends the request that was begun last and waits for its answer. The answer is one message.
     *
     * @return the offset of the message in {@link #bytes}, or the {@code -errno} that the kernel answers
     * @throws LinuxException if no complete answer came within a second
     */
    public int exchange() throws LinuxException {
        send();
        while (true) {
            int length = receiveDatagram(0);
            for (int at = 0; hasMessage(at, length); at = next(at)) {
                if (isAnswer(at)) {
                    int result = NetlinkHeader.type(bytes(), at) == NetlinkHeader.NLMSG_ERROR ? result(at) : 0;
                    return result < 0 ? result : at;
                }
            }
        }
    }

    /**
     * Sends the request that was begun last and visits all messages that answer it. If the transport has groups, visits the
     * notifications that arrive in between as well.
     *
     * @return 0 if all are visited; {@code -EINTR} if the data changed during the dump, so that messages may be missing
     *     or repeated; or the {@code -errno} that the kernel answers
     */
    public int dump(Visitor visitor) throws LinuxException {
        send();
        int result;
        do {
            result = receive(visitor);
        } while (result == MORE);
        return result;
    }

    /**
     * Waits for the next part of an answer and visits its messages. Returns {@link #MORE}, or what {@link #dump} does.
     */
    public int receive(Visitor visitor) throws LinuxException {
        int length = receiveDatagram(0);
        for (int at = 0; hasMessage(at, length); at = next(at)) {
            if (!isAnswer(at)) {
                if (transport.hasGroups()) {
                    visitor.visit(at);
                }
                continue;
            }
            interrupted |= (NetlinkHeader.flags(bytes(), at) & NetlinkHeader.NLM_F_DUMP_INTR) != 0;
            switch (NetlinkHeader.type(bytes(), at)) {
                case NetlinkHeader.NLMSG_ERROR -> {
                    return result(at);
                }
                case NetlinkHeader.NLMSG_DONE -> {
                    int result = result(at);
                    return result == 0 && interrupted ? -Errno.EINTR : result;
                }
                default -> visitor.visit(at);
            }
        }
        return MORE;
    }

    /**
     * Visits the notifications that have arrived, without waiting for more.
     *
     * @return false if the kernel dropped some since the last call
     */
    public boolean poll(Visitor visitor) throws LinuxException {
        while (true) {
            int length = receiveDatagram(LibC.MSG_DONTWAIT);
            if (length < 0) {
                boolean complete = !overrun;
                overrun = false;
                return complete;
            }
            for (int at = 0; hasMessage(at, length); at = next(at)) {
                visitor.visit(at);
            }
        }
    }

    /**
     * Returns the length of the next datagram. Returns {@code -EAGAIN} if there is none and {@code flags} forbid
     * waiting.
     */
    private int receiveDatagram(int flags) throws LinuxException {
        error = NONE;
        while (true) {
            int length = transport.receive(datagram, flags);
            if (length > datagram.size()) {
                boolean awaited = flags != LibC.MSG_DONTWAIT && isAnswer(0);
                if (awaited || !transport.hasGroups()) {
                    throw failed(Errno.EMSGSIZE, length + " bytes");
                }
                overrun = true;
            } else if (length >= 0 || length == -Errno.EAGAIN && flags == LibC.MSG_DONTWAIT) {
                return length;
            } else if (length == -Errno.ENOBUFS && transport.hasGroups()) {
                overrun = true;
            } else if (length != -Errno.EINTR) {
                throw failed(-length, length == -Errno.EAGAIN ? "the kernel did not answer" : "");
            }
        }
    }

    /** Reports whether a message begins at an offset. Checks that the datagram holds all of it. */
    private boolean hasMessage(int at, int length) throws LinuxException {
        if (length - at < NetlinkHeader.SIZE) {
            return false;
        }
        int claimed = NetlinkHeader.length(bytes(), at);
        if (claimed < NetlinkHeader.SIZE || claimed > length - at) {
            throw failed(Errno.EBADMSG, "message claims " + claimed + " of " + (length - at) + " bytes");
        }
        return true;
    }

    private int next(int at) {
        return at + NetlinkAttributes.align(NetlinkHeader.length(bytes(), at));
    }

    private boolean isAnswer(int at) {
        return NetlinkHeader.sequence(bytes(), at) == sequence;
    }

    private int result(int at) {
        error = at;
        return NetlinkError.result(bytes(), at);
    }

    private LinuxException failed(int errno, String detail) {
        return new LinuxException("receive from", "netlink socket " + transport.name(), errno, detail);
    }

    /**
     * Describes an error that the kernel answered, with its explanation if it gave one.
     *
     * @param result of the last call, negative
     */
    public LinuxException failure(String operation, String object, int result, String remedy) {
        String explanation = error == NONE ? "" : NetlinkError.explanation(bytes(), error);
        String kernel = explanation.isEmpty() ? "" : "the kernel says '" + explanation + "'";
        String separator = kernel.isEmpty() || remedy.isEmpty() ? "" : "; ";
        return new LinuxException(operation, object, -result, kernel + separator + remedy);
    }

    /** Returns the datagram that was received last. */
    public ByteBuffer bytes() {
        return datagram.content().bytes();
    }

    /** Returns the memory of that datagram, for native calls. */
    public NativeBuffer content() {
        return datagram.content();
    }

    @Override
    public void close() {
        transport.close();
        datagram.close();
        requestBytes.close();
    }
}
