// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.NativeBuffer;

/**
 * A kernel whose next datagram is an input of any bytes; then dumps end, and nothing else arrives. The messages of the input
 * answer the request, as far as their lengths lead from one to the next.
 */
public final class RawNetlink implements NetlinkTransport {
    private static final int SEQUENCE = 8;
    private static final int HEADER = 16;

    private final boolean hasGroups;
    private byte[] input;
    private boolean done;
    private int sequence;
    private byte filler;

    /** @param hasGroups whether the input may be notifications */
    public RawNetlink(boolean hasGroups) {
        this.hasGroups = hasGroups;
    }

    /** Sets the next datagram, and the byte that the buffer holds behind it. */
    public void put(byte[] datagram, int behind) {
        input = datagram.clone();
        filler = (byte) behind;
        done = false;
    }

    /** Returns messages as one datagram. */
    public static byte[] datagram(FakeMessage... messages) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (FakeMessage message : messages) {
            bytes.writeBytes(message.encode(0));
        }
        return bytes.toByteArray();
    }

    @Override
    public String name() {
        return "raw";
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public boolean hasGroups() {
        return hasGroups;
    }

    @Override
    public void send(NativeBuffer message, int length) {
        sequence = message.bytes().getInt(SEQUENCE);
        done = false;
    }

    @Override
    public int receive(NetlinkDatagram datagram, int flags) {
        byte[] next = input;
        if (next == null) {
            if (done) {
                return -Errno.EAGAIN;
            }
            done = true;
            next = datagram(FakeMessage.done());
        }
        input = null;
        answer(next);
        int copied = Math.min(next.length, datagram.size());
        ByteBuffer content = datagram.content().bytes();
        content.put(0, next, 0, copied);
        for (int i = copied; i < Math.min(datagram.size(), copied + 64); i++) {
            content.put(i, filler);
        }
        return next.length;
    }

    /** No target receives batches. */
    @Override
    public int receive(NetlinkBatch batch, int flags) {
        return -Errno.EAGAIN;
    }

    private void answer(byte[] datagram) {
        ByteBuffer bytes = ByteBuffer.wrap(datagram).order(ByteOrder.nativeOrder());
        int at = 0;
        while (datagram.length - at >= HEADER) {
            bytes.putInt(at + SEQUENCE, sequence);
            int length = bytes.getInt(at);
            if (length < HEADER || length > datagram.length - at) {
                return;
            }
            at += length + 3 & ~3;
        }
    }

    @Override
    public long dropped() {
        return 0;
    }

    @Override
    public void close() {}
}
