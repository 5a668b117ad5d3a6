// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import net.conntracklogger.filter.Expectation;
import net.conntracklogger.filter.FlowRule;
import net.conntracklogger.filter.RuleException;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.UnitName;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
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
    void hasDefaultsWithoutAFile() throws ConfigurationException {
        assertEquals(Configuration.DEFAULT, ConfigurationReader.read(file));
        assertEquals(
                new Configuration(
                        Tracking.AUTO,
                        64 * 1024 * 1024,
                        262_144,
                        Set.of(OwnerSource.BPF, OwnerSource.SOCK_DIAG, OwnerSource.PROC),
                        65_536,
                        16_384,
                        Namespaces.HOST,
                        Set.of(FlowEvent.Kind.NEW),
                        true,
                        65_536,
                        Set.of(),
                        List.of(),
                        List.of(),
                        CommandLines.YES,
                        false,
                        0,
                        20_000,
                        0,
                        false,
                        3600,
                        Optional.empty(),
                        new ArchiveLimits(31_557_600, OptionalLong.empty()),
                        new FleetCluster(List.of(), Optional.empty(), Optional.empty()),
                        List.of(),
                        List.of()),
                Configuration.DEFAULT);
    }

    /** The shipped file has each key as a comment with its default. */
    @Test
    void hasTheDefaultsOfTheShippedFile() throws ConfigurationException, IOException {
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
                        "Existing",
                        "OpenFlows",
                        "Protocols",
                        "Include",
                        "Exclude",
                        "CommandLine",
                        "HashExecutables",
                        "Aggregate",
                        "FloodRate",
                        "ProgressSec",
                        "FirstSeen",
                        "StatisticsSec",
                        "Metrics",
                        "Keep",
                        "MaxUse",
                        "URL",
                        "CertificateAuthority",
                        "Credentials",
                        "List",
                        "Allow"),
                keys);
        Files.write(
                file,
                shipped.stream()
                        .map(line -> line.replaceFirst("^#(?=[A-Za-z]+=)", ""))
                        .toList());
        assertEquals(28, IniFile.read(file).size());
        assertEquals(Configuration.DEFAULT, ConfigurationReader.read(file));
    }

    /** Each key in turn has another value than the default, and no key changes another. */
    @Test
    void readsEveryKeyByItself() throws ConfigurationException, IOException, ReflectiveOperationException {
        Map<String, Object> changes = new LinkedHashMap<>();
        changes.put("[Capture]\nTracking=external", Tracking.EXTERNAL);
        changes.put("[Capture]\nReceiveBuffer=1M", 1 << 20);
        changes.put("[Capture]\nQueue=100", 100);
        changes.put("[Capture]\nAttribution=proc", Set.of(OwnerSource.PROC));
        changes.put("[Capture]\nKernelFlows=16", 16);
        changes.put("[Capture]\nKernelProcesses=16M", 16 << 20);
        changes.put("[Capture]\nNamespaces=all", Namespaces.ALL);
        changes.put("[Log]\nEvents=end", Set.of(FlowEvent.Kind.END));
        changes.put("[Log]\nExisting=no", false);
        changes.put("[Log]\nOpenFlows=16M", 16 << 20);
        changes.put("[Log]\nProtocols=udp", Set.of(Protocol.UDP));
        changes.put("[Log]\nInclude=proto=tcp\nInclude=dport=53", List.of(rule("proto=tcp"), rule("dport=53")));
        changes.put("[Log]\nExclude=port=1\nExclude=\nExclude=port=2", List.of(rule("port=2")));
        changes.put("[Log]\nCommandLine=redact", CommandLines.REDACT);
        changes.put("[Log]\nHashExecutables=yes", true);
        changes.put("[Log]\nAggregate=10min", 600);
        changes.put("[Log]\nFloodRate=no", 0);
        changes.put("[Log]\nProgressSec=10min", 600);
        changes.put("[Log]\nFirstSeen=service-destination", true);
        changes.put("[Log]\nStatisticsSec=15min", 900);
        changes.put("[Log]\nMetrics=/run/a b.prom", Optional.of(Path.of("/run/a b.prom")));
        changes.put("[Archive]\nKeep=90d", new ArchiveLimits(90 * 86_400, OptionalLong.empty()));
        changes.put(
                "[Fleet]\nURL=https://gone\nURL=\nURL=http://a https://[2001:db8::1]:443/",
                new FleetCluster(
                        List.of(URI.create("http://a:9200"), URI.create("https://[2001:db8::1]:443")),
                        Optional.empty(),
                        Optional.empty()));
        changes.put(
                "[Watch b]\nList=/b /c\n[Watch a]\nList=/a\n[Watch b]\nList=\nList=/d\n[Watch gone]\nList=",
                List.of(new WatchedFiles("b", List.of(Path.of("/d"))), new WatchedFiles("a", List.of(Path.of("/a")))));
        changes.put(
                "[Expect a@.service]\nAllow=port=1\nAllow=port=2\n[Expect b.service]\nAllow=port=3\nAllow=",
                List.of(new Expectation(new UnitName("a@.service"), List.of(rule("port=1"), rule("port=2")))));
        int key = 0;
        for (Map.Entry<String, Object> change : changes.entrySet()) {
            List<Object> expected = values(Configuration.DEFAULT);
            expected.set(key++, change.getValue());
            assertEquals(expected, values(read(change.getKey())), change.getKey());
        }
        assertEquals(Configuration.class.getRecordComponents().length, key, "every key is tried");
    }

    private static FlowRule rule(String text) {
        try {
            return FlowRule.parse(text);
        } catch (RuleException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Object> values(Configuration configuration) throws ReflectiveOperationException {
        List<Object> values = new ArrayList<>();
        for (RecordComponent component : Configuration.class.getRecordComponents()) {
            values.add(component.getAccessor().invoke(configuration));
        }
        return values;
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
                false,
                30,
                Set.of(Protocol.TCP, Protocol.ICMPV6, Protocol.of(253)),
                List.of(rule("direction=outbound dst!=10.0.0.0/8")),
                List.of(),
                CommandLines.NO,
                true,
                60,
                500,
                300,
                true,
                0,
                Optional.of(Path.of("/run/metrics.prom")),
                new ArchiveLimits(8 * 86_400, OptionalLong.of(2L << 40)),
                new FleetCluster(
                        List.of(URI.create("https://search1.example.org:9200")),
                        Optional.of(Path.of("/etc/ssl/fleet.pem")),
                        Optional.of(Path.of("/etc/fleet.password"))),
                List.of(new WatchedFiles("bad", List.of(Path.of("/etc/bad.netset"), Path.of("/etc/bad.txt")))),
                List.of(new Expectation(new UnitName("nginx.service"), List.of(rule("direction=inbound dport=443")))));
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
                Existing=no
                OpenFlows=30
                Protocols=tcp  icmpv6\t253
                Include=direction=outbound dst!=10.0.0.0/8
                CommandLine=no
                HashExecutables=yes
                Aggregate=1min
                FloodRate=500
                ProgressSec=5min
                FirstSeen=service-destination
                StatisticsSec=no
                Metrics=/run/metrics.prom
                [Archive]
                Keep=1w 1d
                MaxUse=2T
                [Fleet]
                URL=https://search1.example.org
                CertificateAuthority=/etc/ssl/fleet.pem
                Credentials=/etc/fleet.password
                [Watch bad]
                List=/etc/bad.netset  /etc/bad.txt
                [Expect  nginx.service]
                Allow=direction=inbound dport=443
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
        assertEquals(
                CommandLines.YES,
                read("[Log]\nCommandLine=no\nCommandLine=" + word).commandLine());
    }

    @ParameterizedTest
    @ValueSource(strings = {"no", "false", "off", "0", "No"})
    void readsNo(String word) throws ConfigurationException, IOException {
        assertEquals(CommandLines.NO, read("[Log]\nCommandLine=" + word).commandLine());
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
    void logsNamedProtocolsOnly(String name, int number) throws ConfigurationException, IOException {
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
    void overridesByDropInsInTheOrderOfTheirNames() throws ConfigurationException, IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Files.writeString(file, "[Capture]\nQueue=1\nReceiveBuffer=1M\n[Log]\nCommandLine=no\n");
        Files.writeString(dropIns.resolve("20-b.conf"), "[Capture]\nQueue=3\n");
        Files.writeString(dropIns.resolve("10-a.conf"), "[Capture]\nQueue=2\nReceiveBuffer=2M\n");
        Files.writeString(dropIns.resolve("30-c.conf.dpkg-old"), "[Capture]\nQueue=4\n");
        Configuration configuration = ConfigurationReader.read(file);
        assertEquals(3, configuration.queue());
        assertEquals(2 << 20, configuration.receiveBuffer());
        assertEquals(CommandLines.NO, configuration.commandLine());
    }

    /** A directory lists its entries in an order of its own, which for so many is hardly the order of their names. */
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

    /** A line, and the message behind FILE:LINE. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Tracking=maybe       | [Capture] Tracking=maybe: use auto or external
                    Tracking=            | [Capture] Tracking=: use auto or external
                    ReceiveBuffer=big    | [Capture] ReceiveBuffer=big: use a whole number; K, M or G behind it multiplies it by 1024, 1024^2 or 1024^3
                    ReceiveBuffer=1.5M   | [Capture] ReceiveBuffer=1.5M: use a whole number; K, M or G behind it multiplies it by 1024, 1024^2 or 1024^3
                    ReceiveBuffer=-1     | [Capture] ReceiveBuffer=-1: use a whole number; K, M or G behind it multiplies it by 1024, 1024^2 or 1024^3
                    ReceiveBuffer=1m     | [Capture] ReceiveBuffer=1m: use a whole number; K, M or G behind it multiplies it by 1024, 1024^2 or 1024^3
                    ReceiveBuffer=63K    | [Capture] ReceiveBuffer=63K: use a number from 65536 to 1073741824
                    ReceiveBuffer=2G     | [Capture] ReceiveBuffer=2G: use a number from 65536 to 1073741824
                    ReceiveBuffer=9999999999G | [Capture] ReceiveBuffer=9999999999G: use a number from 65536 to 1073741824
                    Queue=0              | [Capture] Queue=0: use a number from 1 to 10000000
                    Queue=10000001       | [Capture] Queue=10000001: use a number from 1 to 10000000
                    Attribution=ebpf     | [Capture] Attribution=ebpf: unknown layer 'ebpf'; use one or more of bpf sock_diag proc, separated by spaces
                    Attribution=         | [Capture] Attribution=: unknown layer ''; use one or more of bpf sock_diag proc, separated by spaces
                    Attribution=bpf,proc | [Capture] Attribution=bpf,proc: unknown layer 'bpf,proc'; use one or more of bpf sock_diag proc, separated by spaces
                    KernelFlows=15       | [Capture] KernelFlows=15: use a number from 16 to 16777216
                    KernelFlows=17M      | [Capture] KernelFlows=17M: use a number from 16 to 16777216
                    KernelProcesses=15   | [Capture] KernelProcesses=15: use a number from 16 to 16777216
                    KernelProcesses=17M  | [Capture] KernelProcesses=17M: use a number from 16 to 16777216
                    Namespaces=some      | [Capture] Namespaces=some: use host or all
                    Buffer=1M            | [Capture] Buffer=1M: unknown key; use Tracking, ReceiveBuffer, Queue, Attribution, KernelFlows, KernelProcesses or Namespaces
                    tracking=auto        | [Capture] tracking=auto: unknown key; use Tracking, ReceiveBuffer, Queue, Attribution, KernelFlows, KernelProcesses or Namespaces
                    """)
    void namesTheMistakeInCapture(String line, String message) throws IOException {
        assertEquals(file + ":3: " + message, failure("# one\n[Capture]\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Events=              | [Log] Events=: use new, end, or new end
                    Events=new existing  | [Log] Events=new existing: use new, end, or new end
                    OpenFlows=0          | [Log] OpenFlows=0: use a number from 1 to 16777216
                    OpenFlows=17M        | [Log] OpenFlows=17M: use a number from 1 to 16777216
                    CommandLine=maybe    | [Log] CommandLine=maybe: use yes, no or redact
                    HashExecutables=     | [Log] HashExecutables=: use yes or no
                    Protocol=tcp         | [Log] Protocol=tcp: unknown key; use Events, Existing, OpenFlows, Protocols, Include, Exclude, CommandLine, HashExecutables, Aggregate, FloodRate, ProgressSec, FirstSeen, StatisticsSec or Metrics
                    Aggregate=soon       | [Log] Aggregate=soon: use a time such as 90s, 15min or 1h, or no
                    Aggregate=24h 1s     | [Log] Aggregate=24h 1s: use a time of at most 24h, or no
                    FloodRate=9          | [Log] FloodRate=9: use flows a second from 10 to 10000000, or no
                    FloodRate=20K        | [Log] FloodRate=20K: use flows a second from 10 to 10000000, or no
                    StatisticsSec=soon   | [Log] StatisticsSec=soon: use a time such as 90s, 15min or 1h, or no
                    FirstSeen=yes        | [Log] FirstSeen=yes: use service-destination or no
                    Metrics=here         | [Log] Metrics=here: use the absolute path of a file, or nothing
                    Protocols=tcp tpc    | [Log] Protocols=tcp tpc: unknown protocol 'tpc'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre, separated by spaces
                    Protocols=all tpc    | [Log] Protocols=all tpc: unknown protocol 'tpc'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre, separated by spaces
                    Exclude=dport=x      | [Log] Exclude=dport=x: 'x' is not a port or a range, such as 8000-8999
                    Protocols=256        | [Log] Protocols=256: unknown protocol '256'; use all, or numbers from 0 to 255 and names of tcp udp icmp icmpv6 sctp udplite dccp gre, separated by spaces
                    """)
    void namesTheMistakeInLog(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("[Log]\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource({"1d,86400", "24h,86400", "6 months,15778800", "1y 2weeks,32767200"})
    void readsHowLongFlowsAreKept(String time, long seconds) throws ConfigurationException, IOException {
        assertEquals(seconds, read("[Archive]\nKeep=" + time).archive().keepSeconds());
    }

    @ParameterizedTest
    @CsvSource({"500M,524288000", "16G,17179869184"})
    void readsTheSizeOfTheArchive(String size, long bytes) throws ConfigurationException, IOException {
        assertEquals(
                OptionalLong.of(bytes),
                read("[Archive]\nMaxUse=" + size).archive().maxUse());
        assertEquals(
                OptionalLong.empty(),
                read("[Archive]\nMaxUse=" + size + "\nMaxUse=").archive().maxUse());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Keep=                | [Archive] Keep=: use a time from 1d to 1000y, such as 90d, 6month or 1y
                    Keep=90              | [Archive] Keep=90: use a time from 1d to 1000y, such as 90d, 6month or 1y
                    Keep=1d 5            | [Archive] Keep=1d 5: use a time from 1d to 1000y, such as 90d, 6month or 1y
                    Keep=23h             | [Archive] Keep=23h: use a time from 1d to 1000y, such as 90d, 6month or 1y
                    Keep=1001y           | [Archive] Keep=1001y: use a time from 1d to 1000y, such as 90d, 6month or 1y
                    MaxUse=10%           | [Archive] MaxUse=10%: use a size such as 500M, 16G or 2T, or nothing for the default
                    MinUse=1G            | [Archive] MinUse=1G: unknown key; use Keep or MaxUse
                    """)
    void namesTheMistakeInArchive(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("[Archive]\n" + line + "\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "search1.example.org:9200",
                "ftp://search1.example.org",
                "https://",
                "https://user:secret@search1.example.org",
                "https://search1.example.org/path",
                "https://search1.example.org?a=b",
                "https://search1.example.org, https://search2.example.org"
            })
    void refusesWhatIsNoNode(String url) throws IOException {
        assertEquals(
                file + ":2: [Fleet] URL=" + url
                        + ": use URLs of nodes such as https://search1.example.org:9200, separated by spaces",
                failure("[Fleet]\nURL=" + url + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Url=http://a         | [Fleet] Url=http://a: unknown key; use URL, CertificateAuthority or Credentials
                    Credentials=secret   | [Fleet] Credentials=secret: use the absolute path of a file, or nothing
                    CertificateAuthority=a/b | [Fleet] CertificateAuthority=a/b: use the absolute path of a file, or nothing
                    """)
    void namesTheMistakeInFleet(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("[Fleet]\n" + line + "\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    [Watch]              | [Watch]: unknown section; use [Capture], [Log], [Archive], [Fleet], [Watch NAME] or [Expect UNIT]
                    [capture]            | [capture]: unknown section; use [Capture], [Log], [Archive], [Fleet], [Watch NAME] or [Expect UNIT]
                    [Watch a/b]          | [Watch a/b]: name the list by at most 64 letters, digits and characters of _.-
                    [Expect nginx]       | [Expect nginx]: name a unit with its suffix, such as nginx.service, or a template, such as web@.service
                    [Expect web@*.service] | [Expect web@*.service]: name a unit with its suffix, such as nginx.service, or a template, such as web@.service
                    [Expect user.slice]  | [Expect user.slice]: name a unit with its suffix, such as nginx.service, or a template, such as web@.service
                    """)
    void namesAnUnknownSection(String section, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure(section + "\nQueue=1\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    [Capture             | [Capture: end the section's name with ']'
                    Queue                | Queue: write Key=Value, a [Section], or a comment that begins with #
                    =5                   | =5: write Key=Value, a [Section], or a comment that begins with #
                    Queue=5              | Queue=5: write a [Section] above
                    """)
    void namesABrokenLine(String line, String message) throws IOException {
        assertEquals(file + ":2: " + message, failure("\n" + line + "\n"));
    }

    @Test
    void namesTheDropInWithAMistake() throws IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Path dropIn = Files.writeString(dropIns.resolve("a.conf"), "[Log]\n\nCommandLine=2\n");
        assertEquals(dropIn + ":3: [Log] CommandLine=2: use yes, no or redact", failure("[Log]\nCommandLine=1\n"));
    }

    @Test
    void namesAFileThatIsNotUtf8() throws IOException {
        Files.write(file, "[Log]\n#\u00fc\n".getBytes(StandardCharsets.ISO_8859_1));
        assertEquals(file + ": cannot be read: not valid UTF-8; save the file as UTF-8", failure());
    }

    @Test
    void skipsTheMarkOfAnEditorOfWindows() throws ConfigurationException, IOException {
        assertEquals(7, read("\ufeff[Capture]\r\nQueue=7\r\n").queue());
    }

    @Test
    void namesAFileThatIsNoText() throws IOException {
        Files.write(file, "[Log]\n".getBytes(StandardCharsets.UTF_16LE));
        assertEquals(
                file + ": cannot be read: it has NUL bytes, so it is no text, or UTF-16; save the file as UTF-8",
                failure());
    }

    @Test
    void namesAFileThatIsTooLarge() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(2L << 30);
        }
        assertEquals(file + ": cannot be read: more than 4096K; that is no configuration", failure());
    }

    @Test
    void quotesOnlyTheEndsOfALongLineAndNoControlCharacter() throws IOException {
        String message = failure("[Log]\nExclude=dport=\u0007" + "9".repeat(1 << 20) + "\n");
        assertTrue(message.startsWith(file + ":2: [Log] Exclude=dport=\ufffd999"), message);
        assertTrue(message.endsWith("999' is not a port or a range, such as 8000-8999"), message);
        assertTrue(message.length() <= 4000, message);
    }

    @Test
    void namesAFileThatIsADirectory() throws IOException {
        Files.createDirectory(file);
        assertEquals(file + ": cannot be read: Is a directory", failure());
    }

    @Test
    void namesDropInsThatAreNoDirectory() throws IOException {
        Path dropIns = Files.writeString(directory.resolve("conntrack-logger.conf.d"), "");
        assertEquals(dropIns + ": cannot be read: not a directory", failure());
    }

    @Test
    void namesAFileThatIsALinkToItself() throws IOException {
        Files.createSymbolicLink(file, file);
        // The JDK adds to the words of strerror(3).
        assertTrue(failure().startsWith(file + ": cannot be read: Too many levels of symbolic links"), this::failure);
    }

    @Test
    void namesADropInThatIsADanglingLink() throws IOException {
        Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
        Path dropIn = Files.createSymbolicLink(dropIns.resolve("a.conf"), directory.resolve("nowhere"));
        assertEquals(dropIn + ": cannot be read: no such file", failure());
    }

    @Nested
    class AFileThatTheUserNamed {
        @Test
        void isReadWithItsDropIns() throws ConfigurationException, IOException {
            Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
            Files.writeString(file, "[Capture]\nQueue=1\n[Log]\nCommandLine=no\n");
            Files.writeString(dropIns.resolve("a.conf"), "[Capture]\nQueue=2\n");
            Configuration configuration = ConfigurationReader.readExisting(file);
            assertEquals(2, configuration.queue());
            assertEquals(CommandLines.NO, configuration.commandLine());
        }

        @Test
        void mustExist() throws IOException {
            Path dropIns = Files.createDirectory(directory.resolve("conntrack-logger.conf.d"));
            Files.writeString(dropIns.resolve("a.conf"), "[Capture]\nQueue=2\n");
            assertEquals(
                    file + ": cannot be read: no such file",
                    assertThrows(ConfigurationException.class, () -> ConfigurationReader.readExisting(file))
                            .getMessage());
        }
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
