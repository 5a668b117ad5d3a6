// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.NativeBuffer;

/**
 * The kernel's side of a netlink socket as a script: what answers each request, and what arrives unasked. If nothing is left a
 * receive returns EAGAIN, as it does without waiting, and as it does after the timeout. Needs no privilege.
 */
public final class FakeNetlink implements NetlinkTransport {
    /** What one receive returns. */
    public sealed interface Step permits Datagram, Failure {}

    private record Datagram(List<FakeMessage> messages, int excess) implements Step {}

    private record Failure(int errno) implements Step {}

    private record Due(Step step, boolean answers) {}

    private final Deque<List<Step>> answers = new ArrayDeque<>();
    private final Deque<Due> arrived = new ArrayDeque<>();
    private final List<byte[]> requests = new ArrayList<>();
    private final boolean hasGroups;
    private int sequence;
    private long dropped;
    private boolean closed;

    private FakeNetlink(boolean hasGroups) {
        this.hasGroups = hasGroups;
    }

    /** A socket that only answers. */
    public static FakeNetlink answering() {
        return new FakeNetlink(false);
    }

    /** A socket that has joined multicast groups. */
    public static FakeNetlink notifying() {
        return new FakeNetlink(true);
    }

    /** A datagram of these messages. */
    public static Step datagram(FakeMessage... messages) {
        return new Datagram(List.of(messages), 0);
    }

    /** A datagram that is longer than the receiver's buffer by so many bytes, and begins with these messages. */
    public static Step oversized(int excess, FakeMessage... messages) {
        return new Datagram(List.of(messages), excess);
    }

    /** A failure to receive. */
    public static Step failure(int errno) {
        return new Failure(errno);
    }

    /** Answers the next request that has no answer yet. */
    public FakeNetlink answer(Step... steps) {
        answers.add(List.of(steps));
        return this;
    }

    /** Answers the next request with one message. */
    public FakeNetlink answer(FakeMessage message) {
        return answer(datagram(message));
    }

    /** Answers the next requests with dumps of nothing. */
    public FakeNetlink answerEmptyDumps(int count) {
        for (int i = 0; i < count; i++) {
            answer(FakeMessage.done());
        }
        return this;
    }

    /** Makes this arrive now, unasked. */
    public FakeNetlink notify(Step... steps) {
        Arrays.stream(steps).map(step -> new Due(step, false)).forEach(arrived::add);
        return this;
    }

    /** Makes a notification arrive now. */
    public FakeNetlink notify(FakeMessage message) {
        return notify(datagram(message));
    }

    /** Sets the count of datagrams that the kernel dropped. */
    public FakeNetlink dropped(long count) {
        dropped = count;
        return this;
    }

    /** The requests so far, in native byte order. */
    public List<ByteBuffer> requests() {
        return requests.stream()
                .map(request -> ByteBuffer.wrap(request).order(ByteOrder.nativeOrder()))
                .toList();
    }

    /** Returns bytes of a request in hexadecimal digits. */
    public static String hex(ByteBuffer request, int at, int length) {
        byte[] bytes = new byte[length];
        request.get(at, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Whether all that was scripted has been received. */
    public boolean isSpent() {
        return answers.isEmpty() && arrived.isEmpty();
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public String name() {
        return "fake";
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
        byte[] request = new byte[length];
        message.bytes().get(0, request);
        requests.add(request);
        sequence = message.bytes().getInt(8);
        if (!answers.isEmpty()) {
            answers.remove().stream().map(step -> new Due(step, true)).forEach(arrived::add);
        }
    }

    @Override
    public int receive(NetlinkDatagram datagram, int flags) {
        Due due = arrived.poll();
        if (due == null) {
            return -Errno.EAGAIN;
        }
        if (due.step instanceof Failure failure) {
            return -failure.errno;
        }
        byte[] bytes = encode(due);
        int excess = ((Datagram) due.step).excess;
        datagram.content().bytes().put(0, bytes);
        return excess > 0 ? datagram.size() + excess : bytes.length;
    }

    /** {@inheritDoc} As the kernel does, keeps a failure for the next call if there are datagrams before it. */
    @Override
    public int receive(NetlinkBatch batch, int flags) {
        int count = 0;
        while (count < batch.count() && (count == 0 || isDatagram(arrived.peek()))) {
            Due due = arrived.poll();
            if (!isDatagram(due)) {
                return due == null ? -Errno.EAGAIN : -((Failure) due.step).errno;
            }
            byte[] bytes = encode(due);
            int excess = ((Datagram) due.step).excess;
            batch.put(count++, bytes, excess > 0 ? batch.size() + excess : bytes.length);
        }
        return count;
    }

    private static boolean isDatagram(Due due) {
        return due != null && due.step instanceof Datagram;
    }

    private byte[] encode(Due due) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ((Datagram) due.step).messages.forEach(message -> bytes.writeBytes(message.encode(due.answers ? sequence : 0)));
        return bytes.toByteArray();
    }

    @Override
    public long dropped() {
        return dropped;
    }

    @Override
    public void close() {
        closed = true;
    }
}
