// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.Poll;

/** The socket at which a service manager receives notifications (sd_notify(3)). */
public final class NotifySocket implements AutoCloseable {
    /** Longer than a service takes to send any notification. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private static final int POLL_MILLIS = 100;
    private static final int AF_UNIX = 1;
    private static final int LONGEST = 4096;

    private final FileDescriptor socket;
    private final Poll poll;
    private final List<String> received = new ArrayList<>();

    /**
     * Opens the socket.
     *
     * @param name a path, or {@code @} and an abstract address
     */
    public NotifySocket(String name) throws LinuxException {
        this.socket = new FileDescriptor(LibC.socket(AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0));
        this.poll = new Poll(socket.number());
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        if (path[0] == '@') {
            path[0] = 0;
        }
        int length = Short.BYTES + path.length;
        // struct sockaddr_un {u16 family; char path[108]}, unix(7).
        try (NativeBuffer address = new NativeBuffer(length)) {
            address.bytes().putShort(0, (short) AF_UNIX).put(Short.BYTES, path);
            if (LibC.bind(socket.number(), address.pointer(), length) < 0) {
                LinuxException failure = LinuxException.last("bind", name, "");
                close();
                throw failure;
            }
        }
    }

    /** Waits until the service sends a notification with this line. */
    public void await(String line, Child service) throws LinuxException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < deadline) {
            if (poll.await(POLL_MILLIS)) {
                List<String> lines = receive();
                received.addAll(lines);
                if (lines.contains(line)) {
                    return;
                }
            } else if (!service.isAlive()) {
                throw new AssertionError(
                        "the service ended: " + service.errors().all());
            }
        }
        throw new AssertionError("no " + line + " among " + received);
    }

    /** Takes the lines of all messages that were sent. Does not wait. */
    public List<String> sent() throws LinuxException {
        List<String> lines = new ArrayList<>();
        while (poll.await(0)) {
            lines.addAll(receive());
        }
        return lines;
    }

    private List<String> receive() {
        try (NativeBuffer buffer = new NativeBuffer(LONGEST)) {
            byte[] message = new byte[(int) LibC.recv(socket.number(), buffer.pointer(), LONGEST, 0)];
            buffer.bytes().get(0, message);
            return Arrays.asList(new String(message, StandardCharsets.UTF_8).split("\n"));
        }
    }

    @Override
    public void close() {
        poll.close();
        socket.close();
    }
}
