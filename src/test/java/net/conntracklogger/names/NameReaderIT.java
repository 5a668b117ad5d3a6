// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

import static net.conntracklogger.flow.Addresses.address;
import static net.conntracklogger.testbed.Endpoint.port;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.conntracklogger.attribution.programs.MapSizes;
import net.conntracklogger.attribution.programs.ProgramConfig;
import net.conntracklogger.attribution.programs.ProgramSet;
import net.conntracklogger.concurrent.Resources;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.handover.Handover;
import net.conntracklogger.linux.NativeBuffer;
import net.conntracklogger.linux.bpf.LibBpf;
import net.conntracklogger.process.ControlGroups;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.KernelTest;
import net.conntracklogger.testbed.OwnControlGroup;
import net.conntracklogger.testbed.OwnNetwork;
import net.conntracklogger.testbed.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Address;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** Answers of a name server on the far side of a cable, read as soon as the client has them. */
@KernelTest
class NameReaderIT {
    private static final String SERVER = "10.77.0.1";
    private static final String ADDRESS = "192.0.2.1";
    private static final String NAME = "www.example.org";
    private static final int ID = 0x1234;
    private static final int PORT = 53;

    private final Resources opened = new Resources();
    private NameReader reader;

    @BeforeEach
    void open() throws IOException {
        ControlGroups groups = opened.add(new ControlGroups(OwnControlGroup.SYS));
        MapSizes sizes = new MapSizes(1024, 1024);
        ProgramSet programs;
        try (NativeBuffer config = ProgramConfig.of(groups, sizes)) {
            programs = opened.add(ProgramSet.load(
                    Path.of("target", "flow_owner.bpf.o").toString(),
                    sizes.entries(LibBpf.libbpf_num_possible_cpus()),
                    config,
                    groups.mountDescriptor(),
                    opened.add(Handover.take(Map.of(), line -> {}))));
        }
        assertTrue(programs.copiesDnsAnswers());
        reader = new NameReader(programs.map("answers"), programs.map("counters"));
        opened.add(reader::finish);
    }

    @AfterEach
    void close() throws IOException {
        opened.close();
    }

    // ---- answers that count ----------------------------------------------------------------------------------------

    /** A socket for IPv6 reaches a server by IPv4, too. */
    @ParameterizedTest
    @CsvSource({
        "INET, 10.77.0.1, true",
        "INET, 10.77.0.1, false",
        "INET6, 10.77.0.1, true",
        "INET6, 10.77.0.1, false",
        "INET6, fd00:10:77::1, true",
        "INET6, fd00:10:77::1, false",
    })
    void namesAnAddressAsSoonAsTheClientHasIt(
            StandardProtocolFamily family, String server, boolean connected, OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, server, PORT);
        DatagramChannel client = connected ? connected(family, server) : unconnected(family);
        ask(client, connected, server, query());
        reply(far, remote, client, answer(query()));
        assertNames(NAME);
        assertEquals(0, reader.counts().unasked());
    }

    @Test
    void followsAddressTranslation(OwnNetwork far) throws Throwable {
        Child.nft("add table ip t; add chain ip t o { type nat hook output priority -100; };"
                + " add rule ip t o ip daddr 10.79.0.53 udp dport 53 dnat to 10.77.0.1:5353");
        DatagramChannel remote = server(far, SERVER, 5353);
        DatagramChannel client = connected(StandardProtocolFamily.INET, "10.79.0.53");
        ask(client, true, "10.79.0.53", query());
        reply(far, remote, client, answer(query()));
        assertNames(NAME);
    }

    @Test
    void takesTheNameInLowerCase(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        Message asked = query(ID, "wWw.Example.ORG", Type.A);
        ask(client, true, SERVER, asked);
        reply(far, remote, client, answer(asked));
        assertNames(NAME);
    }

    /** Many clients send all questions from one socket, and all at once. */
    @Test
    void keepsSeveralQuestionsOfASocketApart(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        Message one = query(1, "one.example.org", Type.A);
        Message six = query(2, "six.example.org", Type.AAAA);
        ask(client, true, SERVER, one);
        ask(client, true, SERVER, six);
        reply(far, remote, client, answer(six));
        reply(far, remote, client, answer(one));
        assertNames("one.example.org");
        assertEquals("[six.example.org]", names("2001:db8::1"));
    }

    @Test
    void namesTheLongestName(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        String label = "x".repeat(63) + ".";
        Message asked = query(ID, label.repeat(3) + "y".repeat(61), Type.A);
        ask(client, true, SERVER, asked);
        reply(far, remote, client, answer(asked));
        assertNames(label.repeat(3) + "y".repeat(61));
    }

    // ---- answers that do not count ---------------------------------------------------------------------------------

    private enum Forgery {
        WRONG_ID,
        WRONG_NAME,
        LONGER_NAME,
        WRONG_TYPE,
        WRONG_SERVER,
        WRONG_PORT,
        OTHER_SOCKET,
        BROADCAST,
        NO_RESPONSE,
        ERROR,
        TWO_QUESTIONS,
        SHORT
    }

    /** The client that did not connect its socket gets them all. The right answer counts nevertheless, if it comes then. */
    @ParameterizedTest
    @EnumSource
    void ignoresForgedAnswers(Forgery forgery, OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = unconnected(StandardProtocolFamily.INET);
        DatagramChannel other = unconnected(StandardProtocolFamily.INET);
        // What remains of an earlier answer in the kernel's buffer must not complete this one.
        ask(client, false, SERVER, query());
        reply(far, remote, client, answer(query(), "192.0.2.9"));
        ask(client, false, SERVER, query());
        DatagramChannel sender = switch (forgery) {
            case WRONG_SERVER -> server(far, "10.78.0.1", PORT);
            case WRONG_PORT -> server(far, SERVER, 54);
            default -> remote;
        };
        DatagramChannel receiver = forgery == Forgery.OTHER_SOCKET ? other : client;
        String receivers = forgery == Forgery.BROADCAST ? "10.77.0.255" : "10.77.0.2";
        byte[] message = forged(forgery);
        far.call(() -> sender.send(ByteBuffer.wrap(message), new InetSocketAddress(receivers, port(receiver))));
        receive(receiver);
        assertEquals("[]", names(ADDRESS));
        reply(far, remote, client, answer(query()));
        assertNames(NAME);
        assertEquals(0, reader.counts().malformed());
    }

    private static byte[] forged(Forgery forgery) throws IOException {
        Message right = answer(query());
        switch (forgery) {
            case WRONG_ID -> right.getHeader().setID(ID + 1);
            case WRONG_NAME -> right = answer(query(ID, "www.example.com", Type.A));
            case LONGER_NAME -> right = answer(query(ID, "www.example.org.uk", Type.A));
            case WRONG_TYPE -> replaceQuestion(right, Type.AAAA);
            case NO_RESPONSE -> right.getHeader().unsetFlag(Flags.QR);
            case ERROR -> right.getHeader().setRcode(Rcode.SERVFAIL);
            case TWO_QUESTIONS -> right.addRecord(right.getQuestion(), Section.QUESTION);
            default -> {}
        }
        byte[] wire = right.toWire();
        return forgery == Forgery.SHORT ? Arrays.copyOf(wire, 12 + 8) : wire;
    }

    private static void replaceQuestion(Message message, int type) {
        Record before = message.getQuestion();
        message.removeRecord(before, Section.QUESTION);
        message.addRecord(Record.newRecord(before.getName(), type, DClass.IN), Section.QUESTION);
    }

    @Test
    void countsOneAnswerToAQuestion(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        ask(client, true, SERVER, query());
        reply(far, remote, client, answer(query()));
        reply(far, remote, client, answer(query(), "192.0.2.2"));
        assertNames(NAME);
        assertEquals("[]", names("192.0.2.2"));
        assertEquals(1, reader.counts().unasked());
    }

    /** Neither memory nor attention: none reaches the service, and the next right answer does. */
    @Test
    void countsTenThousandForgedAnswers(OwnNetwork far) throws Throwable {
        int count = 10_000;
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = unconnected(StandardProtocolFamily.INET);
        ask(client, false, SERVER, query());
        int port = port(client);
        for (int sent = 0; sent < count; sent += 100) {
            int first = sent;
            far.call(() -> {
                for (int i = first; i < first + 100; i++) {
                    Message forged = answer(query(ID + 1 + i, "www" + i + ".example.org", Type.A));
                    remote.send(ByteBuffer.wrap(forged.toWire()), new InetSocketAddress("10.77.0.2", port));
                }
                return null;
            });
        }
        Wait.until("all are counted", () -> reader.counts().unasked() >= count);
        assertEquals(count, reader.counts().unasked());
        assertEquals("[]", names(ADDRESS));
        while (client.receive(ByteBuffer.allocate(512)) != null) {
            client.configureBlocking(false);
        }
        client.configureBlocking(true);
        reply(far, remote, client, answer(query()));
        assertNames(NAME);
    }

    /** Who has a network namespace of their own has its name servers, too. */
    @Test
    void ignoresOtherNetworkNamespaces(OwnNetwork far) throws Throwable {
        far.call(() -> {
            DatagramChannel remote = opened.add(DatagramChannel.open(StandardProtocolFamily.INET));
            remote.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT));
            DatagramChannel client = connected(StandardProtocolFamily.INET, "127.0.0.1");
            ask(client, true, "127.0.0.1", query());
            remote.receive(ByteBuffer.allocate(512));
            remote.send(ByteBuffer.wrap(answer(query()).toWire()), client.getLocalAddress());
            receive(client);
            return null;
        });
        assertEquals("[]", names(ADDRESS));
    }

    // ---- limits ----------------------------------------------------------------------------------------------------

    @Test
    void countsAnswersThatDoNotFit(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        int count = 300; // of 1,200 bytes: more than the 256 KiB of the ring
        for (int i = 0; i < count; i++) {
            Message asked = query(i, "www" + i + ".example.org", Type.A);
            ask(client, true, SERVER, asked);
            Message answer = answer(asked);
            answer.addRecord(
                    new TXTRecord(
                            asked.getQuestion().getName(),
                            DClass.IN,
                            60,
                            List.of("x".repeat(250), "x".repeat(250), "x".repeat(250), "x".repeat(250))),
                    Section.ADDITIONAL);
            reply(far, remote, client, answer);
        }
        reader.work();
        assertEquals(
                "[www0.example.org]", names(ADDRESS).replaceAll("\\[.*, ", "[").replaceAll("www\\d+", "www0"));
        assertTrue(reader.counts().dropped() > 10, reader.counts().toString());
    }

    @Test
    void countsAnswersThatItDoesNotUnderstand(OwnNetwork far) throws Throwable {
        DatagramChannel remote = server(far, SERVER, PORT);
        DatagramChannel client = connected(StandardProtocolFamily.INET, SERVER);
        ask(client, true, SERVER, query());
        byte[] whole = answer(query()).toWire();
        byte[] cut = Arrays.copyOf(whole, whole.length - 1);
        int port = port(client);
        far.call(() -> remote.send(ByteBuffer.wrap(cut), new InetSocketAddress("10.77.0.2", port)));
        receive(client);
        assertEquals("[]", names(ADDRESS));
        assertEquals(1, reader.counts().malformed());
    }

    // ---- both ends -------------------------------------------------------------------------------------------------

    private DatagramChannel server(OwnNetwork far, String address, int port) throws Throwable {
        return far.call(() -> {
            ProtocolFamily family = address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
            DatagramChannel channel = opened.add(DatagramChannel.open(family));
            channel.setOption(StandardSocketOptions.SO_BROADCAST, true);
            return channel.bind(new InetSocketAddress(address, port));
        });
    }

    private DatagramChannel connected(ProtocolFamily family, String server) throws IOException {
        return unconnected(family).connect(new InetSocketAddress(server, PORT));
    }

    private DatagramChannel unconnected(ProtocolFamily family) throws IOException {
        DatagramChannel channel = opened.add(DatagramChannel.open(family));
        return channel.bind(new InetSocketAddress(0));
    }

    private static void ask(DatagramChannel client, boolean connected, String server, Message query)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(query.toWire());
        if (connected) {
            client.write(bytes);
        } else {
            client.send(bytes, new InetSocketAddress(server, PORT));
        }
    }

    /** Sends an answer, and waits until the client has it. */
    private static void reply(OwnNetwork far, DatagramChannel server, DatagramChannel client, Message answer)
            throws Throwable {
        boolean v6 = ((InetSocketAddress) server.getLocalAddress()).getAddress().getAddress().length > 4;
        InetSocketAddress receiver = new InetSocketAddress(v6 ? "fd00:10:77::2" : "10.77.0.2", port(client));
        far.call(() -> {
            ByteBuffer asked = ByteBuffer.allocate(512);
            server.configureBlocking(false);
            // Translated questions must be answered to where they came from.
            Object from = server.receive(asked);
            return server.send(
                    ByteBuffer.wrap(answer.toWire()), from instanceof InetSocketAddress known ? known : receiver);
        });
        receive(client);
    }

    private static void receive(DatagramChannel client) throws IOException {
        client.receive(ByteBuffer.allocate(4096));
    }

    private static Message query() throws IOException {
        return query(ID, NAME, Type.A);
    }

    private static Message query(int id, String name, int type) throws IOException {
        Message query = Message.newQuery(Record.newRecord(Name.fromString(name + "."), type, DClass.IN));
        query.getHeader().setID(id & 0xffff);
        return query;
    }

    private static Message answer(Message query) throws IOException {
        return answer(query, query.getQuestion().getType() == Type.A ? ADDRESS : "2001:db8::1");
    }

    private static Message answer(Message query, String address) throws IOException {
        Message answer = query.clone();
        answer.getHeader().setFlag(Flags.QR);
        answer.addRecord(record(query.getQuestion().getName(), address), Section.ANSWER);
        return answer;
    }

    private static Record record(Name name, String address) throws UnknownHostException {
        InetAddress parsed = Address.getByAddress(address);
        return address.contains(":")
                ? new AAAARecord(name, DClass.IN, 60, parsed)
                : new ARecord(name, DClass.IN, 60, parsed);
    }

    private void assertNames(String name) {
        assertEquals("[" + name + "]", names(ADDRESS));
    }

    /** Returns the names that a flow of now has. */
    private String names(String address) {
        long now = EpochMicros.now();
        return reader.of(address(address), now).stream()
                .map(name -> name.text().toString())
                .toList()
                .toString();
    }
}
