// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationReaderTest {
    private static final Path SHIPPED = Path.of("packaging/conntrack-logger.conf");

    @TempDir
    private Path directory;

    private Path file;

    @BeforeEach
    void open() {
        file = directory.resolve("conntrack-logger.conf");
    }

    @Test
    void hasDefaultsWhereThereIsNoFile() throws ConfigurationException {
        assertEquals(Configuration.DEFAULT, ConfigurationReader.read(file));
        assertEquals(
                new Configuration(
                        Tracking.AUTO,
                        64 * 1024 * 1024,
                        65_536,
                        Set.of(OwnerSource.BPF, OwnerSource.SOCK_DIAG, OwnerSource.PROC),
                        65_536,
                        16_384,
                        Namespaces.HOST,
                        Set.of(FlowEvent.Kind.NEW),
                        65_536,
                        Set.of(),
                        true,
                        false),
                Configuration.DEFAULT);
    }

    /** Each key stands there commented out, at its default. */
    @Test
    void hasTheDefaultsThatTheShippedFileDocuments() throws ConfigurationException, IOException {
        List<String> shipped = Files.readAllLines(SHIPPED);
        List<String> keys = shipped.stream()
                .filter(line -> line.matches("#[A-Za-z]+=.*"))
                .map(line -> line.substring(1, line.indexOf('=')))
                .toList();
        assertEquals(
                List.of(
                        "Tracking",
                        "ReceiveBuffer",
                        "Queue",
                        "Attribution",
                        "KernelFlows",
                        "KernelProcesses",
                        "Namespaces",
                        "Events",
                        "OpenFlows",
                        "Protocols",
                        "CommandLine",
                        "HashExecutables"),
                keys);
        Files.write(
                file,
                shipped.stream()
                        .map(line -> line.replaceFirst("^#(?=[A-Za-z]+=)", ""))
                        .toList());
        assertEquals(12, IniFile.read(file).size());
        assertEquals(Configuration.DEFAULT, ConfigurationReader.read(file));
    }

    @Test
    void readsEveryKey() throws ConfigurationException, IOException {
        Configuration expected = new Configuration(
                Tracking.EXTERNAL,
                1 << 20,
                100,
                Set.of(OwnerSource.BPF, OwnerSource.PROC),
                1000,
                2048,
                Namespaces.ALL,
                Set.of(FlowEvent.Kind.NEW, FlowEvent.Kind.END),
                30,
                Set.of(Protocol.TCP, Protocol.ICMPV6, Protocol.of(253)),
                false,
                true);
        assertEquals(expected, read("""
                # comment
                ; comment

                [Capture]
                Tracking=external
                ReceiveBuffer = 1M
                  Queue=100
                Attribution=bpf proc
                KernelFlows=1000
                KernelProcesses=2K
                Namespaces=all
                [ Log ]
                Events=end new
                OpenFlows=30
                Protocols=tcp  icmpv6\t253
                CommandLine=no
                HashExecutables=yes
                """));
    }

    @ParameterizedTest
    @CsvSource({"64K,65536", "65536,65536", "1M,1048576", "1G,1073741824", "1048576K,1073741824"})
    void readsSizes(String size, int bytes) throws ConfigurationException, IOException {
        assertEquals(bytes, read("[Capture]\nReceiveBuffer=" + size).receiveBuffer());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "64K,65536", "10000000,10000000"})
    void readsQueueLengths(String records, int length) throws ConfigurationException, IOException {
        assertEquals(length, read("[Capture]\nQueue=" + records).queue());
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "true", "on", "1", "YES", "True"})
    void readsYes(String word) throws ConfigurationException, IOException {
        assertTrue(read("[Log]\nCommandLine=no\nCommandLine=" + word).commandLine());
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "false", "off", "0", "No"})
    void readsNo(String word) throws ConfigurationException, IOException {
        assertFalse(read("[Log]\nCommandLine=" + word).commandLine());
    }

    @ParameterizedTest
    @CsvSource({
        "tcp,6",
        "udp,17",
        "icmp,1",
        "icmpv6,58",
        "sctp,132",
        "udplite,136",
        "dccp,33",
        "gre,47",
        "0,0",
        "255,255"
    })
    void logsTheProtocolsNamedAlone(String name, int number) throws ConfigurationException, IOException {
        Configuration configuration = read("[Log]\nProtocols=" + name);
        for (int i = 0; i < 256; i++) {
            assertEquals(i == number, configuration.logs(Protocol.of(i)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"all", "tcp all", "all udp"})
    void logsAllProtocols(String protocols) throws ConfigurationException, IOException {
        assertTrue(read("[Log]\nProtocols=tcp\nProtocols=" + protocols).logs(Protocol.of(253)));
    }

    @Test
    void letsDropInsOverrideInTheOrderOfTheirNames() throws ConfigurationException, IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Files.writeString(file, "[Capture]\nQueue=1\nReceiveBuffer=1M\n[Log]\nCommandLine=no\n");
        Files.writeString(dropIns.resolve("20-b.conf"), "[Capture]\nQueue=3\n");
        Files.writeString(dropIns.resolve("10-a.conf"), "[Capture]\nQueue=2\nReceiveBuffer=2M\n");
        Files.writeString(dropIns.resolve("30-c.conf.dpkg-old"), "[Capture]\nQueue=4\n");
        Configuration configuration = ConfigurationReader.read(file);
        assertEquals(3, configuration.queue());
        assertEquals(2 << 20, configuration.receiveBuffer());
        assertFalse(configuration.commandLine());
    }

    /** A directory gives its entries in an order of its own; of so many it is hardly that of their names. */
    @Test
    void sortsDropIns() throws ConfigurationException, IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        for (int number = 99; number >= 10; number--) {
            Files.writeString(dropIns.resolve(number + ".conf"), "[Capture]\nQueue=" + number + "\n");
        }
        assertEquals(99, ConfigurationReader.read(file).queue());
    }

    @Test
    void readsDropInsWithoutAFile() throws ConfigurationException, IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Files.writeString(dropIns.resolve("a.conf"), "[Capture]\nTracking=external\n");
        assertEquals(Tracking.EXTERNAL, ConfigurationReader.read(file).tracking());
    }

    /** A mistake, and the message after the place. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Tracking=maybe       | [Capture] Tracking=maybe: use auto or external
                    Tracking=            | [Capture] Tracking=: use auto or external
                    ReceiveBuffer=big    | [Capture] ReceiveBuffer=big: use a whole number, with K, M or G for 1024, 1024^2 or 1024^3
                    ReceiveBuffer=1.5M   | [Capture] ReceiveBuffer=1.5M: use a whole number, with K, M or G for 1024, 1024^2 or 1024^3
                    ReceiveBuffer=-1     | [Capture] ReceiveBuffer=-1: use a whole number, with K, M or G for 1024, 1024^2 or 1024^3
                    ReceiveBuffer=1m     | [Capture] ReceiveBuffer=1m: use a whole number, with K, M or G for 1024, 1024^2 or 1024^3
                    ReceiveBuffer=63K    | [Capture] ReceiveBuffer=63K: use a number from 65536 to 1073741824
                    ReceiveBuffer=2G     | [Capture] ReceiveBuffer=2G: use a number from 65536 to 1073741824
                    ReceiveBuffer=9999999999G | [Capture] ReceiveBuffer=9999999999G: use a number from 65536 to 1073741824
                    Queue=0              | [Capture] Queue=0: use a number from 1 to 10000000
                    Queue=10000001       | [Capture] Queue=10000001: use a number from 1 to 10000000
                    Attribution=ebpf     | [Capture] Attribution=ebpf: unknown layer 'ebpf'; use some of bpf sock_diag proc
                    KernelFlows=15       | [Capture] KernelFlows=15: use a number from 16 to 16777216
                    Namespaces=some      | [Capture] Namespaces=some: use host or all
                    Buffer=1M            | [Capture] Buffer=1M: unknown key; there are Tracking, ReceiveBuffer, Queue, Attribution, KernelFlows, KernelProcesses and Namespaces
                    tracking=auto        | [Capture] tracking=auto: unknown key; there are Tracking, ReceiveBuffer, Queue, Attribution, KernelFlows, KernelProcesses and Namespaces
                    """)
    void saysWhatIsWrongInCapture(String line, String message) throws IOException {
        assertEquals(file + ":3: " + message, failure("# one\n[Capture]\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    CommandLine=maybe    | [Log] CommandLine=maybe: use yes or no
                    Protocol=tcp         | [Log] Protocol=tcp: unknown key; there are Events, OpenFlows, Protocols, CommandLine and HashExecutables
                    Protocols=tcp tpc    | [Log] Protocols=tcp tpc: unknown protocol 'tpc'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre
                    Protocols=all tpc    | [Log] Protocols=all tpc: unknown protocol 'tpc'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre
                    Protocols=256        | [Log] Protocols=256: unknown protocol '256'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre
                    """)
    void saysWhatIsWrongInLog(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("[Log]\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    [Watch]              | [Watch]: unknown section; there are [Capture] and [Log]
                    [capture]            | [capture]: unknown section; there are [Capture] and [Log]
                    """)
    void saysThatASectionIsUnknown(String section, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure(section + "\nQueue=1\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    [Capture             | [Capture: a section's name ends in ']'
                    Queue                | Queue: write Key=Value, a [Section], or a comment that begins with #
                    =5                   | =5: write Key=Value, a [Section], or a comment that begins with #
                    Queue=5              | Queue=5: it stands before the first [Section]
                    """)
    void saysWhatIsNoSetting(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("\n" + line + "\n"));
    }

    @Test
    void namesTheDropInThatIsWrong() throws IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Path dropIn = Files.writeString(dropIns.resolve("a.conf"), "[Log]\n\nCommandLine=2\n");
        assertEquals(dropIn + ":3: [Log] CommandLine=2: use yes or no", failure("[Log]\nCommandLine=1\n"));
    }

    @Test
    void namesTheFileThatIsNoText() throws IOException {
        Files.write(file, "[Log]\n#\u00fc\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(file + ": is not valid UTF-8", failure());
    }

    @Test
    void namesWhatCannotBeRead() throws IOException {
        Files.createDirectory(file);
        assertTrue(failure().startsWith(file + ": cannot be read: "), this::failure);
        Files.delete(file);
        Path dropIns = Files.writeString(directory.resolve("conntrack-logger.conf.d"), "no directory");
        assertTrue(failure().startsWith(dropIns + ": cannot be read: "), this::failure);
    }

    private Configuration read(String text) throws ConfigurationException, IOException {
        Files.writeString(file, text);
        return ConfigurationReader.read(file);
    }

    private String failure(String text) throws IOException {
        Files.writeString(file, text);
        return failure();
    }

    private String failure() {
        return assertThrows(ConfigurationException.class, () -> ConfigurationReader.read(file))
                .getMessage();
    }
}
