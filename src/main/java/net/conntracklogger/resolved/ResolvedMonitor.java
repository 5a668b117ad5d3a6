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
 * What systemd-resolved tells of the queries that it answers, as {@code resolvectl monitor} shows it: a varlink call
 * (varlink.org) that is answered for as long as the connection stands. Messages are JSON, each ended by a NUL. Not safe for
 * use by several threads.
 */
public final class ResolvedMonitor implements Closeable {
    /** Far more than any answer that names addresses. A longer message is skipped. */
    private static final int MOST_BYTES = 128 * 1024;

    private static final String SUBSCRIBE = """
            {"method":"io.systemd.Resolve.Monitor.SubscribeQueryResults","parameters":{},"more":true}\0""";

    private final SocketChannel channel;
    private final Selector selector;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(MOST_BYTES);
    /** Up to where the buffer is known to hold no NUL. */
    private int searched;

    private boolean skipping;

    private ResolvedMonitor(SocketChannel channel, Selector selector) {
        this.channel = channel;
        this.selector = selector;
    }

    /** Connects and asks to be told. Whether that is granted, the first message tells. */
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
     * @param milliseconds at most; more than 0
     * @return the message, or null where none came
     * @throws MalformedReportException where it was too long, and is skipped
     * @throws IOException where the connection has ended
     */
    public String await(int milliseconds) throws IOException, MalformedReportException {
        String message = next();
        if (message == null && selector.select(milliseconds) > 0) {
            selector.selectedKeys().clear();
            if (channel.read(buffer) < 0) {
                throw new EOFException("systemd-resolved, or the way to it, has gone");
            }
            message = next();
        }
        return message;
    }

    /** The first whole message in the buffer, which it is taken out of. */
    private String next() throws MalformedReportException {
        for (; searched < buffer.position(); searched++) {
            if (buffer.get(searched) == 0) {
                boolean tail = skipping;
                skipping = false;
                byte[] message = take(searched);
                if (tail) {
                    throw new MalformedReportException("a message of more than " + MOST_BYTES + " bytes");
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
