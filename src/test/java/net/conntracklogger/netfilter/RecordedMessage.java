// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import static net.conntracklogger.flow.Addresses.address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;

/** A message of the kernel and the line of conntrack(8) for it; README.md beside the files describes the recording. */
record RecordedMessage(String name, String conntrack, OptionalLong began, String hex) {
    private static final String BEGAN = "# began ";

    static Stream<RecordedMessage> all() throws IOException, URISyntaxException {
        Path directory = Path.of(RecordedMessage.class.getResource("messages").toURI());
        try (Stream<Path> files = Files.list(directory)) {
            return files
                    .filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .map(RecordedMessage::read)
                    .toList()
                    .stream();
        }
    }

    static RecordedMessage named(String name) {
        try {
            return read(Path.of(
                    RecordedMessage.class.getResource("messages/" + name).toURI()));
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static RecordedMessage read(Path file) {
        try {
            List<String> all = Files.readAllLines(file);
            OptionalLong began = all.stream()
                    .filter(line -> line.startsWith(BEGAN))
                    .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
                    .findFirst();
            List<String> lines =
                    all.stream().filter(line -> !line.startsWith("#")).toList();
            String hex = String.join("", lines.subList(1, lines.size()));
            return new RecordedMessage(file.getFileName().toString(), lines.get(0), began, hex);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    boolean isNew() {
        return conntrack.startsWith("[NEW] ");
    }

    boolean isEnd() {
        return conntrack.startsWith("[DESTROY] ");
    }

    Protocol protocol() {
        return Protocol.of(Integer.parseInt(conntrack.split(" ")[4]));
    }

    /** Returns the event that conntrack's line describes. */
    FlowEvent expected(long received) {
        // [NEW] ipv4 2 tcp 6 120 SYN_SENT src=A dst=B sport=1 dport=2 [UNREPLIED] src=B dst=A sport=2 dport=1 id=3
        String[] words = conntrack.split(" ");
        Protocol protocol = protocol();
        List<String> ids = values("id");
        return new FlowEvent(
                isNew() ? FlowEvent.Kind.NEW : FlowEvent.Kind.END,
                Long.parseLong(ids.get(ids.size() - 1)),
                tuple(0, protocol),
                tuple(1, protocol),
                optional("mark"),
                (int) optional("zone"),
                isNew() && protocol.equals(Protocol.TCP) && !words[6].equals("SYN_SENT"),
                isNew() ? began.orElse(received) : 0,
                isNew() ? null : end(),
                /* namespace= */ null);
    }

    private FlowEnd end() {
        if (values("bytes").isEmpty()) {
            return new FlowEnd(FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN, FlowEnd.UNKNOWN);
        }
        return new FlowEnd(
                FlowEnd.UNKNOWN, number("bytes", 0), number("packets", 0), number("bytes", 1), number("packets", 1));
    }

    private FlowTuple tuple(int index, Protocol protocol) {
        IpAddress source = address(values("src").get(index));
        IpAddress destination = address(values("dst").get(index));
        return new FlowTuple(source, destination, protocol, layer4(index, protocol));
    }

    private Layer4 layer4(int index, Protocol protocol) {
        if (protocol.isIcmp()) {
            return new Layer4.Icmp(number("type", index), number("code", index), number("id", index));
        }
        List<String> source = values("sport");
        if (source.isEmpty() || source.get(0).equals("0")) {
            return Layer4.None.NONE;
        }
        return new Layer4.Ports(number("sport", index), number("dport", index));
    }

    private int number(String key, int index) {
        return Integer.parseInt(values(key).get(index));
    }

    /** Returns 0 if conntrack prints no such key. */
    private long optional(String key) {
        return values(key).stream().mapToLong(Long::parseLong).findFirst().orElse(0);
    }

    private List<String> values(String key) {
        return Stream.of(conntrack.split(" "))
                .filter(word -> word.startsWith(key + "="))
                .map(word -> word.substring(key.length() + 1))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
