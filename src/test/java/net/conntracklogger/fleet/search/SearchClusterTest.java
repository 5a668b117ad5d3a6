// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.fleet.search;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.conntracklogger.config.FleetCluster;
import net.conntracklogger.history.coverage.NotPermittedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SearchClusterTest {
    @TempDir
    Path directory;

    private static FleetCluster nodes(URI... urls) {
        return new FleetCluster(List.of(urls), Optional.empty(), Optional.empty());
    }

    private static Map<?, ?> ask(FleetCluster cluster) throws IOException {
        return open(cluster).post("/_search", "application/json", "{}");
    }

    private static SearchCluster open(FleetCluster cluster) throws IOException {
        return SearchCluster.open(cluster, Duration.ofSeconds(5), Duration.ofSeconds(20));
    }

    /** Returns the URL of a port on which nothing listens. */
    private static URI deaf() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return URI.create("http://127.0.0.1:" + socket.getLocalPort());
        }
    }

    @Test
    void asksTheNextNodeIfOneDoesNotAnswer() throws IOException {
        try (FakeNode overloaded = new FakeNode(503, request -> "busy");
                FakeNode broken = new FakeNode(200, request -> "{\"cut");
                FakeNode good = new FakeNode(200, request -> "{\"a\":\"b\"}")) {
            SearchCluster cluster = open(nodes(deaf(), overloaded.url(), broken.url(), good.url()));
            assertEquals(Map.of("a", "b"), cluster.post("/_search", "application/json", "{}"));
            assertEquals(Map.of("a", "b"), cluster.post("/_search", "application/json", "{}"));
            assertEquals(1, overloaded.requests().size(), "the node that answered is asked first");
            assertEquals(2, good.requests().size());
        }
    }

    @Test
    void namesWhyEachNodeFailed() throws IOException {
        try (FakeNode overloaded = new FakeNode(429, request -> "");
                FakeNode other = new FakeNode(200, request -> "[]")) {
            URI deaf = deaf();
            IOException failure =
                    assertThrows(IOException.class, () -> ask(nodes(deaf, overloaded.url(), other.url())));
            assertEquals(
                    "cannot ask the cluster: " + deaf + ": cannot connect; " + overloaded.url() + ": status 429; "
                            + other.url() + ": the answer is no JSON object",
                    failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void isNotPermittedIfTheUserIsRefused(int status) throws IOException {
        try (FakeNode node = new FakeNode(status, request -> "");
                FakeNode next = new FakeNode(200, request -> "{}")) {
            assertThrows(NotPermittedException.class, () -> ask(nodes(node.url(), next.url())));
            assertEquals(List.of(), next.requests());
        }
    }

    @Test
    void asksNoOtherNodeWhatOneDoesNotUnderstand() throws IOException {
        try (FakeNode node = new FakeNode(400, request -> "{\"error\":\"No mapping found\"}\n\u001b[31m");
                FakeNode next = new FakeNode(200, request -> "{}")) {
            String message = assertThrows(IOException.class, () -> ask(nodes(node.url(), next.url())))
                    .getMessage();
            assertTrue(message.contains("No mapping found") && message.contains("fleet template opensearch"), message);
            assertTrue(message.chars().noneMatch(Character::isISOControl), message);
            assertEquals(List.of(), next.requests());
        }
    }

    /** An endless answer must not fill the heap. */
    @Test
    void readsNoEndlessAnswer() throws IOException {
        String much = " ".repeat((48 << 20) + 1);
        try (FakeNode node = new FakeNode(200, request -> much)) {
            String message = assertThrows(IOException.class, () -> ask(nodes(node.url())))
                    .getMessage();
            assertTrue(message.contains("the answer is longer than"), message);
        }
    }

    @Test
    void sendsThePasswordOfTheFile() throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "ann:se:cret\nmore\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        try (FakeNode node = new FakeNode(200, request -> "{}")) {
            ask(new FleetCluster(List.of(node.url()), Optional.empty(), Optional.of(file)));
            assertEquals("Basic YW5uOnNlOmNyZXQ=", node.authorization());
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            rw-r--r-- | ann:secret | http://127.0.0.1:9200    | every user can read it
            rw------- | secret     | http://127.0.0.1:9200    | write USER:PASSWORD
            rw------- | ''         | http://127.0.0.1:9200    | write USER:PASSWORD
            rw------- | ann:secret | http://192.0.2.1:9200    | it is not encrypted
            rw------- | ann:secret | http://127.example:9200  | it is not encrypted
            """)
    void keepsThePassword(String mode, String text, URI url, String reason) throws IOException {
        Path file = Files.writeString(directory.resolve("password"), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        FleetCluster cluster = new FleetCluster(List.of(url), Optional.empty(), Optional.of(file));
        String message = assertThrows(IOException.class, () -> open(cluster)).getMessage();
        assertTrue(message.contains(reason), message);
    }

    /** Makes a key and its certificate, NAME.p12 and NAME.pem. */
    private void makeKey(String name, String address) throws Exception {
        String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Path store = directory.resolve(name + ".p12");
        String[] make = {
            tool,
            "-J-XX:TieredStopAtLevel=1",
            "-J-XX:+UseSerialGC",
            "-genkeypair",
            "-keyalg",
            "EC",
            "-dname",
            "CN=" + name,
            "-ext",
            "san=ip:" + address,
            "-alias",
            "a",
            "-keystore",
            store.toString(),
            "-storepass",
            "changeit"
        };
        assertEquals(
                0, new ProcessBuilder(make).redirectErrorStream(true).start().waitFor());
        byte[] certificate = KeyStore.getInstance(store.toFile(), "changeit".toCharArray())
                .getCertificate("a")
                .getEncoded();
        Files.writeString(
                directory.resolve(name + ".pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder().encodeToString(certificate)
                        + "\n-----END CERTIFICATE-----\n");
    }

    @Test
    void trustsTheCertificatesOfTheFileAlone() throws Exception {
        makeKey("right", "127.0.0.1");
        makeKey("wrong", "127.0.0.1");
        makeKey("other-host", "127.0.0.2");
        try (FakeNode node = FakeNode.encrypted(directory.resolve("right.p12"));
                FakeNode other = FakeNode.encrypted(directory.resolve("other-host.p12"))) {
            assertEquals(Map.of(), ask(trusting(node, "right.pem")));
            for (FleetCluster cluster :
                    List.of(trusting(node, "wrong.pem"), nodes(node.url()), trusting(other, "other-host.pem"))) {
                String message =
                        assertThrows(IOException.class, () -> ask(cluster)).getMessage();
                assertTrue(message.contains(": TLS: ") && message.endsWith("see CertificateAuthority="), message);
            }
        }
    }

    private FleetCluster trusting(FakeNode node, String file) {
        return new FleetCluster(List.of(node.url()), Optional.of(directory.resolve(file)), Optional.empty());
    }

    @Test
    void namesAFileWithoutCertificates() throws IOException {
        Path file = Files.writeString(directory.resolve("ca.pem"), "no certificate\n");
        FleetCluster cluster =
                new FleetCluster(List.of(URI.create("https://127.0.0.1")), Optional.of(file), Optional.empty());
        String message = assertThrows(IOException.class, () -> open(cluster)).getMessage();
        assertTrue(message.startsWith("cannot read " + file) && message.endsWith("use certificates in PEM"), message);
    }
}
