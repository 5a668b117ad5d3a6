// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * The reports of systemd-resolved about the queries that it answers, as {@code resolvectl monitor} shows them. They are the
 * replies to one varlink call (varlink.org), which last as long as the connection. Each message is JSON and ends with NUL. Not
 * thread-safe.
 */
public final class ResolvedMonitor implements Closeable {
    /** Longest message in bytes, far longer than any answer with addresses. A longer message is skipped. */
    private static final int MAX_BYTES = 128 * 1024;

    private static final String SUBSCRIBE = """
            {"method":"io.systemd.Resolve.Monitor.SubscribeQueryResults","parameters":{},"more":true}\0""";

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MAX_BYTES);
    /** The buffer has no NUL before this position. */
    private int searched;

    private boolean skipping;

    private ResolvedMonitor(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /**
     * Connects and subscribes. The first message reports whether systemd-resolved grants the subscription.
     *
     * @throws IOException if the connection fails
     */
    public static ResolvedMonitor connect(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(SUBSCRIBE.getBytes(StandardCharsets.US_ASCII)));
            channel.configureBlocking(false);
            Selector selector = Selector.open();
            channel.register(selector, SelectionKey.OP_READ);
            return new ResolvedMonitor(channel, selector);
        } catch (IOException e) {
            channel.close();
            throw new IOException("cannot connect to " + socket + ": " + e.getMessage(), e);
        }
    }

    /**
     * Waits for a message.
     *
     * @param milliseconds the longest wait, more than 0
     * @return the message; null if none arrived in time
     * @throws MalformedReportException if the message was too long and is skipped
     * @throws IOException if the connection has ended
     */
    public String await(int milliseconds) throws IOException, MalformedReportException {
        String message = next();
        if (message == null && selector.select(milliseconds) > 0) {
            selector.selectedKeys().clear();
            if (channel.read(buffer) < 0) {
                throw new EOFException("systemd-resolved closed the connection");
            }
            message = next();
        }
        return message;
    }

    /** Removes and returns the first complete message of the buffer; null if there is none. */
    private String next() throws MalformedReportException {
        for (; searched < buffer.position(); searched++) {
            if (buffer.get(searched) == 0) {
                boolean tail = skipping;
                skipping = false;
                byte[] message = take(searched);
                if (tail) {
                    throw new MalformedReportException("a message of more than " + MAX_BYTES + " bytes");
                }
                return new String(message, StandardCharsets.UTF_8);
            }
        }
        if (!buffer.hasRemaining()) {
            skipping = true;
            buffer.clear();
            searched = 0;
        }
        return null;
    }

    private byte[] take(int length) {
        byte[] message = new byte[length];
        buffer.flip();
        buffer.get(message).get();
        buffer.compact();
        searched = 0;
        return message;
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
