// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On messages of a kernel, whole, cut off and corrupted. */
class FlowDecoderTest {
    private static final long RECEIVED = 1_795_392_000_000_000L;
    private static final int BUFFER_SIZE = 64 * 1024;
    private static final int BEHIND = 64;
    private static final int BROKEN_COPIES = 2000;
    private static final Set<Protocol> USUAL =
            Set.of(Protocol.TCP, Protocol.UDP, Protocol.UDPLITE, Protocol.ICMP, Protocol.ICMPV6);
    /** Offset of the first attribute. */
    private static final int ATTRIBUTES = NetlinkHeader.SIZE + 4;

    private final FlowDecoder decoder = new FlowDecoder();
    private final FlowDecoder library = new FlowDecoder(Optional.empty());
    private final NativeBuffer buffer = new NativeBuffer(BUFFER_SIZE);

    @AfterEach
    void close() {
        decoder.close();
        library.close();
        buffer.close();
    }

    static Stream<RecordedMessage> events() throws IOException, URISyntaxException {
        return RecordedMessage.all().filter(message -> message.isNew() || message.isEnd());
    }

    static Stream<RecordedMessage> changes() throws IOException, URISyntaxException {
        return RecordedMessage.all().filter(message -> !message.isNew() && !message.isEnd());
    }

    @ParameterizedTest
    @MethodSource("events")
    void agreesWithConntrack(RecordedMessage message) throws MalformedEventException {
        assertEquals(message.expected(RECEIVED), decode(message.bytes()));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void skipsChanges(RecordedMessage message) throws MalformedEventException {
        assertNull(decode(message.bytes()));
    }

    @ParameterizedTest
    @MethodSource("events")
    void refusesACutMessage(RecordedMessage message) {
        for (int length = 0; length < message.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(message.bytes(), length);
            assertThrows(MalformedEventException.class, () -> decode(cut), () -> cut.length + " bytes");
        }
    }

    /** The header claims the shorter length, so that only the attributes show the cut. */
    @ParameterizedTest
    @MethodSource("events")
    void readsNothingBeyondTheEnd(RecordedMessage message) {
        for (int length = Integer.BYTES; length < message.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(message.bytes(), length);
            ByteBuffer.wrap(cut).order(ByteOrder.nativeOrder()).putInt(0, length);
            assertBehaves(cut);
        }
    }

    @ParameterizedTest
    @MethodSource("events")
    void survivesCorruptMessages(RecordedMessage message) {
        Random random = new Random(message.name().hashCode());
        for (int i = 0; i < BROKEN_COPIES; i++) {
            byte[] broken = message.bytes().clone();
            for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            assertBehaves(broken);
        }
    }

    static Stream<RecordedMessage> usual() throws IOException, URISyntaxException {
        return RecordedMessage.all()
                .filter(message -> message.isNew()
                        && USUAL.contains(message.protocol())
                        && !message.name().equals("helper.txt"));
    }

    @ParameterizedTest
    @MethodSource("usual")
    void decodesUsualMessagesWithoutTheLibrary(RecordedMessage message) {
        byte[] bytes = message.bytes();
        buffer.bytes().put(0, bytes);
        FlowEvent event = new NewFlowPass().decode(buffer.bytes(), NetlinkHeader.SIZE, bytes.length, RECEIVED);
        assertEquals(message.expected(RECEIVED), event);
    }

    /** Copies with changed bytes, attributes left out, twice there, moved or of another length. */
    @ParameterizedTest
    @MethodSource("events")
    void agreesWithTheLibrary(RecordedMessage message) {
        Random random = new Random(message.name().hashCode());
        for (int i = 0; i < BROKEN_COPIES; i++) {
            byte[] changed = changed(message.bytes(), random);
            assertEquals(
                    outcome(library, changed, (byte) 0),
                    outcome(decoder, changed, (byte) 0),
                    () -> HexFormat.of().formatHex(changed));
        }
    }

    private static byte[] changed(byte[] message, Random random) {
        ByteBuffer bytes = ByteBuffer.wrap(message).order(ByteOrder.nativeOrder());
        List<byte[]> attributes = new ArrayList<>();
        for (int at = ATTRIBUTES; at + 4 <= message.length; ) {
            int end = Math.min(
                    message.length, at + NetlinkAttributes.align(Math.max(4, NetlinkAttributes.length(bytes, at))));
            attributes.add(Arrays.copyOfRange(message, at, end));
            at = end;
        }
        for (int edits = random.nextInt(3); edits > 0 && !attributes.isEmpty(); edits--) {
            byte[] moved = attributes.get(random.nextInt(attributes.size()));
            if (random.nextBoolean()) {
                attributes.remove(moved);
            }
            if (random.nextBoolean()) {
                attributes.add(random.nextInt(attributes.size() + 1), moved);
            }
        }
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        joined.write(message, 0, ATTRIBUTES);
        attributes.forEach(joined::writeBytes);
        byte[] changed = joined.toByteArray();
        ByteBuffer.wrap(changed).order(ByteOrder.nativeOrder()).putInt(0, changed.length);
        for (int flips = random.nextInt(3); flips > 0; flips--) {
            int at = ATTRIBUTES - 4 + random.nextInt(changed.length - ATTRIBUTES + 4);
            changed[at] = (byte) (random.nextBoolean() ? random.nextInt(32) : random.nextInt(256));
        }
        return changed;
    }

    @Test
    void namesTheDefect() {
        byte[] shortOne = new byte[19];
        assertEquals("message of 19 bytes, shorter than its headers", failure(shortOne));
        byte[] overstated = new byte[20];
        ByteBuffer.wrap(overstated).order(ByteOrder.nativeOrder()).putInt(0, 21);
        assertEquals("message of 20 bytes claims 21", failure(overstated));
        byte[] foreign = new byte[20];
        ByteBuffer.wrap(foreign)
                .order(ByteOrder.nativeOrder())
                .putInt(0, 20)
                .putShort(4, (short) 0x0200)
                .putShort(6, (short) 0x600);
        assertEquals("message type 512 is not of conntrack", failure(foreign));
    }

    @Test
    void skipsAnAttributeOfMoreThan32KiB() {
        byte[] message = new byte[BUFFER_SIZE];
        ByteBuffer.wrap(message)
                .order(ByteOrder.nativeOrder())
                .putInt(0, message.length)
                .putShort(4, (short) 0x0100)
                .putShort(6, (short) 0x600)
                .putShort(20, (short) (message.length - 20))
                .putShort(22, (short) 99);
        assertEquals("no IPv4 or IPv6 tuple", failure(message));
    }

    /** Checks that the result is an event in range, no event or the exception, whatever follows the message in memory. */
    private void assertBehaves(byte[] message) {
        Object outcome = outcome(message, (byte) 0);
        assertEquals(outcome, outcome(message, (byte) 0xff));
        if (outcome instanceof FlowEvent event) {
            assertInRange(event.original());
            assertInRange(event.reply());
            assertTrue(event.id() >>> 32 == 0 && event.mark() >>> 32 == 0 && event.zone() >>> 16 == 0, event::toString);
        }
    }

    private static void assertInRange(FlowTuple tuple) {
        assertEquals(tuple.source().v6(), tuple.destination().v6());
        assertEquals(0, tuple.protocol().number() >>> 8);
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            assertEquals(0, (ports.source() | ports.destination()) >>> 16);
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            assertEquals(0, (icmp.type() | icmp.code()) >>> 8 | icmp.id() >>> 16);
        }
    }

    private Object outcome(byte[] message, byte behind) {
        return outcome(decoder, message, behind);
    }

    private Object outcome(FlowDecoder one, byte[] message, byte behind) {
        for (int i = message.length; i < message.length + BEHIND; i++) {
            buffer.bytes().put(i, behind);
        }
        try {
            FlowEvent event = decode(one, message);
            return event == null ? "no event" : event;
        } catch (MalformedEventException e) {
            return e.getMessage();
        }
    }

    private String failure(byte[] message) {
        return assertThrows(MalformedEventException.class, () -> decode(message))
                .getMessage();
    }

    private FlowEvent decode(byte[] message) throws MalformedEventException {
        return decode(decoder, message);
    }

    private FlowEvent decode(FlowDecoder one, byte[] message) throws MalformedEventException {
        buffer.bytes().put(0, message);
        return one.decode(buffer, 0, message.length, RECEIVED);
    }
}
