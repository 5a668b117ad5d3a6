// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.fuzz.FuzzTarget;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.RawNetlink;

/** Messages of conntrack. */
public final class ConntrackTargets {
    private static final int LONGEST = 64 * 1024;
    private static final int BEHIND = 64;

    private ConntrackTargets() {}

    private static List<byte[]> recorded() {
        try {
            return RecordedMessage.all().map(RecordedMessage::bytes).toList();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One event in a buffer that holds other bytes behind it. */
    public static FuzzTarget event() {
        return new FuzzTarget() {
            private final FlowDecoder decoder = new FlowDecoder();
            private final NativeBuffer buffer = new NativeBuffer(LONGEST + BEHIND);

            @Override
            public List<byte[]> seeds() {
                return recorded();
            }

            @Override
            public void read(byte[] input) {
                int length = Math.min(input.length, LONGEST);
                FlowEvent event = decode(input, length, (byte) 0);
                if (!Objects.equals(event, decode(input, length, (byte) 0xff))) {
                    throw new IllegalStateException("read behind the message: " + event);
                }
                if (event != null) {
                    use(event);
                }
            }

            private FlowEvent decode(byte[] input, int length, byte behind) {
                ByteBuffer bytes = buffer.bytes();
                bytes.put(0, input, 0, length);
                for (int i = 0; i < BEHIND; i++) {
                    bytes.put(length + i, behind);
                }
                try {
                    return decoder.decode(buffer, 0, length, 1);
                } catch (MalformedEventException e) {
                    return null;
                }
            }

            @Override
            public void close() {
                decoder.close();
                buffer.close();
            }
        };
    }

    private static void use(FlowEvent event) {
        event.translated();
        event.isTranslated();
        event.reversed().isOfFlow(event);
        new CommunityId().of(event.original());
    }

    /** A part of the table. */
    public static FuzzTarget table() {
        return new FuzzTarget() {
            private final RawNetlink kernel = new RawNetlink(/* hasGroups= */ false);
            private final List<byte[]> seeds = new ArrayList<>();

            {
                for (byte[] message : recorded()) {
                    seeds.add(RawNetlink.datagram(FakeMessage.recorded(message).flags(2)));
                }
                seeds.add(RawNetlink.datagram(ScriptedTable.flow(1), ScriptedTable.flow(2, 3), FakeMessage.done()));
                seeds.add(RawNetlink.datagram(FakeMessage.error(1, "no")));
            }

            @Override
            public List<byte[]> seeds() {
                return seeds;
            }

            @Override
            public void read(byte[] input) {
                if (!Objects.equals(readAll(input, 0), readAll(input, 0xff))) {
                    throw new IllegalStateException("read behind the message");
                }
            }

            private List<FlowEvent> readAll(byte[] input, int behind) {
                List<FlowEvent> flows = new ArrayList<>();
                try (ConntrackTable table = new ConntrackTable(kernel, began -> began % 2 == 0)) {
                    kernel.put(input, behind);
                    while (!table.isRead()) {
                        flows.addAll(table.read());
                    }
                } catch (LinuxException e) {
                    return flows;
                }
                return flows;
            }
        };
    }
}
