// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a socket of the test, which takes systemd-resolved's place. The reader works in the test's thread. */
class NameReaderTest {
    /** Far longer than any wait here. */
    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private static final String READY = "{\"parameters\":{\"ready\":true},\"continues\":true}\0";
    private static final String KNOWN =
            "destination names available: systemd-resolved reports its answers; flows to their addresses carry FLOW_DNAME";

    @TempDir
    private Path directory;

    private final AddressNames names = new AddressNames();
    private final List<Notice> notices = new ArrayList<>();
    private Path relay;
    private Path socket;
    private NameReader reader;
    private ServerSocketChannel server;
    private SocketChannel client;

    @BeforeEach
    void makeReader() throws IOException {
        relay = directory.resolve("relay");
        socket = directory.resolve("monitor");
        reader = new NameReader(relay, socket, names, notices::add);
    }

    @AfterEach
    void close() throws IOException {
        reader.finish();
        if (client != null) {
            client.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @Test
    void addsTheNamesOfAnswers() throws Exception {
        listen(socket);
        String call = accept();
        assertEquals(
                "{\"method\":\"io.systemd.Resolve.Monitor.SubscribeQueryResults\",\"parameters\":{},\"more\":true}\0",
                call);
        assertFalse(reader.subscribed(), "the subscription is not granted yet");
        say(READY);
        workUntil(reader::subscribed);
        assertEquals(List.of(new Notice(Notice.Kind.NAMES_KNOWN, KNOWN)), notices);
        long before = now();
        say(answer("example.org", 1));
        workUntil(() -> names.size() == 1);
        DestinationName name = names.of(address("192.0.2.1"), now(), now()).get(0);
        assertEquals("example.org", name.text().toString());
        assertTrue(before <= name.asked() && name.asked() <= now(), "the answer arrived now");
    }

    @Test
    void joinsAndSplitsWhatItReads() throws Exception {
        subscribe();
        String three = answer("one.example.org", 1) + answer("two.example.org", 2) + answer("three.example.org", 3);
        for (byte b : three.substring(0, 250).getBytes(StandardCharsets.US_ASCII)) {
            client.write(ByteBuffer.wrap(new byte[] {b}));
        }
        workUntil(() -> names.size() == 1);
        say(three.substring(250));
        workUntil(() -> names.size() == 3);
        assertEquals(0, reader.malformed());
    }

    @Test
    void countsMalformedMessagesAndContinues() throws Exception {
        subscribe();
        say("{\"parameters\":{\"state\":\"success\"}}\0");
        say("nonsense\0");
        say(answer("example.org", 1));
        workUntil(() -> names.size() == 1);
        assertEquals(2, reader.malformed());
        assertTrue(reader.subscribed());
        // The second within the hour is counted without a notice.
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.NAMES_INCOMPLETE,
                        "destination names incomplete: 1 systemd-resolved message not understood so far; last:"
                                + " no \"question\"")),
                notices.subList(1, notices.size()));
    }

    @Test
    void skipsAMessageThatIsTooLong() throws Exception {
        subscribe();
        Thread sender = new Thread(() -> {
            try {
                say("x".repeat(300_000) + "\0" + answer("example.org", 1));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        sender.start();
        workUntil(() -> names.size() == 1);
        sender.join();
        assertEquals(1, reader.malformed());
        assertEquals(
                "destination names incomplete: 1 systemd-resolved message not understood so far; last:"
                        + " a message of more than 131072 bytes",
                notices.get(1).text());
    }

    @Test
    void reconnectsAfterARestartWithoutANotice() throws Exception {
        subscribe();
        say(answer("example.org", 1));
        workUntil(() -> names.size() == 1);
        client.close();
        server.close();
        Files.delete(socket);
        workUntil(() -> !reader.subscribed());
        listen(socket);
        accept();
        say(READY);
        workUntil(reader::subscribed);
        say(answer("example.org", 2));
        workUntil(() -> names.size() == 2);
        assertEquals(1, notices.size(), notices::toString);
    }

    @Test
    void connectsToTheRelayIfItExists() throws Exception {
        Files.createFile(socket);
        listen(relay);
        accept();
        say(READY);
        workUntil(reader::subscribed);
    }

    /** The relay exists even if systemd-resolved does not run: nobody connects to it then. */
    @Test
    void reportsThatSystemdResolvedDoesNotRun() throws Exception {
        listen(relay);
        workUntil(() -> !notices.isEmpty());
        assertEquals(
                List.of(new Notice(
                        Notice.Kind.NAMES_UNKNOWN,
                        "destination names not available: " + socket
                                + " does not exist; flows lack FLOW_DNAME until systemd-resolved reports its answers")),
                notices);
        server.configureBlocking(false);
        assertEquals(null, server.accept());
    }

    @Test
    void reportsARefusal() throws Exception {
        listen(socket);
        server.configureBlocking(false);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (notices.isEmpty() && System.nanoTime() < deadline) {
            reader.work();
            SocketChannel next = server.accept();
            if (next != null) {
                client = next;
                say("{\"error\":\"org.varlink.service.PermissionDenied\",\"parameters\":{}}\0");
            }
        }
        assertEquals(
                "destination names not available: systemd-resolved refuses the subscription:"
                        + " org.varlink.service.PermissionDenied; flows lack FLOW_DNAME until systemd-resolved reports its"
                        + " answers",
                notices.get(0).text());
        assertFalse(reader.subscribed());
    }

    // ----

    private void subscribe() throws Exception {
        listen(socket);
        accept();
        say(READY);
        workUntil(reader::subscribed);
    }

    private void listen(Path path) throws IOException {
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    /** Accepts the reader's connection; returns its call. */
    private String accept() throws Exception {
        server.configureBlocking(false);
        client = null;
        workUntil(() -> {
            try {
                client = server.accept();
                return client != null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        ByteArrayOutputStream call = new ByteArrayOutputStream();
        ByteBuffer one = ByteBuffer.allocate(1);
        while (client.read(one.clear()) > 0) {
            call.write(one.get(0));
            if (one.get(0) == 0) {
                return call.toString(StandardCharsets.US_ASCII);
            }
        }
        throw new AssertionError("the reader closed the connection after " + call);
    }

    private void say(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            client.write(bytes);
        }
    }

    private void workUntil(BooleanSupplier done) throws Exception {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!done.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, notices::toString);
            reader.work();
        }
    }

    private static String answer(String name, int host) {
        return ("{'parameters':{'state':'success','question':[{'class':1,'type':1,'name':'%1$s'}],'answer':[{'rr':{'key':"
                        + "{'class':1,'type':1,'name':'%1$s'},'address':[192,0,2,%2$d]},'raw':'AAABAAEAAAA8AATAAAIB'}]},"
                        + "'continues':true}\0")
                .formatted(name, host)
                .replace('\'', '"');
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
