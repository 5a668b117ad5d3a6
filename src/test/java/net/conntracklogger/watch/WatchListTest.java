// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.RawText;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WatchListTest {
    @TempDir
    private Path directory;

    private WatchList read(String... lines) throws IOException {
        Path file = Files.write(directory.resolve("list"), List.of(lines), StandardCharsets.ISO_8859_1);
        return WatchList.read(List.of(file), WatchLists.MOST_ENTRIES);
    }

    private static boolean has(WatchList list, String text) {
        IpAddress address = AddressText.parse(text);
        return address == null ? list.contains(RawText.of(text)) : list.contains(address);
    }

    @Nested
    class OfAFile {
        @ParameterizedTest
        @CsvSource({
            "192.0.2.1, true",
            "192.0.2.2, false",
            "198.51.100.0, true",
            "198.51.100.255, true",
            "198.51.101.0, false",
            "203.0.113.130, true",
            "203.0.113.127, false",
            "2001:db8::1, true",
            "2001:db8::2, false",
            "2001:db8:1:ffff:ffff:ffff:ffff:ffff, true",
            "2001:db8:2::, false",
            "192.0.2.7, true",
            "evil.example.org, true",
            "www.evil.example.org, true",
            "a.b.evil.example.org, true",
            "notevil.example.org, false",
            "example.org, false",
            "wild.example.net, true",
            "below.wild.example.net, true",
            "under.example.net, true",
            "upper.example.net, true",
            "zone, true",
            "any.zone, true"
        })
        void hasEntriesAndWhatIsBelow(String value, boolean listed) throws IOException {
            WatchList list = read(
                    "# comment \u00e9\u00ff",
                    "192.0.2.1",
                    "  198.51.100.7/24 ; SBL1",
                    "203.0.113.128/25# comment",
                    "2001:db8::1/128",
                    "2001:db8:1::/48",
                    "::ffff:192.0.2.7",
                    "",
                    "evil.example.org\r",
                    "*.wild.example.net",
                    ".under.example.net",
                    "UPPER.Example.Net.",
                    "zone");
            assertEquals(11, list.entries());
            assertEquals(listed, has(list, value));
        }

        @ParameterizedTest
        @CsvSource({
            "tracker.example, true",
            "ads.example, true",
            "more.example, true",
            "127.0.0.1, false",
            "0.0.0.0, false",
            "192.0.2.9, false",
            "localhost, false",
            "host.local, false"
        })
        void hasTheNamesOfHosts(String value, boolean listed) throws IOException {
            WatchList list = read(
                    "127.0.0.1 localhost",
                    "::1\tlocalhost ip6-loopback",
                    "fe80::1%lo0 localhost local",
                    "255.255.255.255 broadcasthost",
                    "0.0.0.0 0.0.0.0",
                    "0.0.0.0  tracker.example\tads.example # both",
                    "192.0.2.9 more.example");
            assertEquals(listed, has(list, value));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0.0.0.0/0", "::/0"})
        void canHaveAllAddressesOfAFamily(String all) throws IOException {
            WatchList list = read(all);
            assertEquals(all.contains("."), has(list, "255.255.255.255") && has(list, "0.0.0.0"));
            assertEquals(all.contains(":"), has(list, "ffff::") && has(list, "::"));
        }
    }

    @Test
    void skipsTheMarkOfAnEditorOfWindows() throws IOException {
        Path file = Files.writeString(directory.resolve("list"), "\ufeffexample.org\r\n");
        assertTrue(WatchList.read(List.of(file), 1).contains(RawText.of("example.org")));
    }

    @Nested
    class OfABrokenFile {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "192.0.2.300",
                    "192.0.2.1/33",
                    "192.0.2.1-192.0.2.9",
                    "192.0.2",
                    "2001:db8::/129",
                    "<html>",
                    "http://evil.example/",
                    "evil..example",
                    "-evil.example",
                    "evil.example,1",
                    "evil example"
                })
        void namesFileAndLine(String line) {
            IOException failure = assertThrows(IOException.class, () -> read("192.0.2.1", "# comment", line));
            assertEquals(
                    directory.resolve("list") + ":3: '" + line + "' is no address, network or name",
                    failure.getMessage());
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                a\\0b              | the line has a NUL byte, so the file is no text, or UTF-16; save it as UTF-8
                a.test\\rb.test    | a carriage return is within the line; end each line with a newline
                \\303\\274.test      | '\u00fc.test' is no address, network or name
                a.test\\tb\\377    | 'a.test\\x09b\\xff' is no address, network or name
                """)
        void saysWhatIsNoText(String line, String message) throws IOException {
            Path file = directory.resolve("list");
            Files.write(file, line.translateEscapes().getBytes(StandardCharsets.ISO_8859_1));
            IOException failure = assertThrows(IOException.class, () -> WatchList.read(List.of(file), 1));
            assertEquals(file + ":1: " + message, failure.getMessage());
        }

        @Test
        void namesALinkToItself() throws IOException {
            Path file = Files.createSymbolicLink(directory.resolve("list"), directory.resolve("list"));
            IOException failure = assertThrows(IOException.class, () -> WatchList.read(List.of(file), 1));
            // The JDK adds to the words of strerror(3).
            assertTrue(failure.getMessage().startsWith(file + ": Too many levels"), failure::getMessage);
        }

        @Test
        void refusesALineWithoutAnEnd() {
            IOException failure = assertThrows(IOException.class, () -> read("a", "b".repeat(100_000)));
            assertEquals(
                    directory.resolve("list") + ":2: the line has more than 4096 characters", failure.getMessage());
        }

        @ParameterizedTest
        @CsvSource({"missing, no such file", "., not a regular file"})
        void namesAFileThatIsNone(String name, String reason) {
            Path file = directory.resolve(name);
            IOException failure = assertThrows(IOException.class, () -> WatchList.read(List.of(file), 1));
            assertEquals(file + ": " + reason, failure.getMessage());
        }

        @Test
        void refusesMoreEntriesThanThereIsRoomFor() throws IOException {
            Path file = Files.write(directory.resolve("list"), List.of("192.0.2.1", "2001:db8::", "example.org"));
            assertEquals(3, WatchList.read(List.of(file), 3).entries());
            IOException failure = assertThrows(IOException.class, () -> WatchList.read(List.of(file), 2));
            assertEquals(file + ":3: all lists together have more than 1000000 entries", failure.getMessage());
        }
    }

    @Nested
    class OfAFlow {
        private static final FlowEvent TRANSLATED =
                Flows.event(Flows.tcp("192.0.2.1", 1, "192.0.2.2", 2), Flows.tcp("192.0.2.3", 3, "192.0.2.4", 4));

        @ParameterizedTest
        @ValueSource(strings = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"})
        void matchesAddressesBeforeAndAfterTranslation(String address) throws IOException {
            assertTrue(read(address).matches(TRANSLATED));
        }

        @Test
        void matchesNoOtherAddress() throws IOException {
            assertFalse(read("192.0.2.0", "192.0.2.5").matches(TRANSLATED));
        }
    }

    /** Networks that overlap at random, compared with a search through all of them. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void findsWhatASearchFinds(boolean v6) throws IOException {
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            List<IpAddress> networks = new ArrayList<>();
            List<Integer> bits = new ArrayList<>();
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(40); i++) {
                networks.add(address(random, v6));
                bits.add((v6 ? 120 : 24) + random.nextInt(9));
                lines.add(networks.get(i) + "/" + bits.get(i));
            }
            WatchList list = read(lines.toArray(String[]::new));
            for (int i = 0; i < 500; i++) {
                IpAddress address = address(random, v6);
                boolean listed = false;
                for (int n = 0; n < networks.size(); n++) {
                    listed |= address.isIn(networks.get(n), bits.get(n));
                }
                assertEquals(listed, list.contains(address), () -> address + " in " + lines);
            }
        }
    }

    /** At the lowest, the middle and the highest addresses, where signs differ. */
    private static IpAddress address(Random random, boolean v6) {
        long[] bases = {0, Integer.MAX_VALUE & 0xffff_ff00L, 0x8000_0000L, 0xffff_ff00L};
        long low = bases[random.nextInt(4)] + random.nextInt(256);
        long[] highs = {0, Long.MAX_VALUE, Long.MIN_VALUE, -1};
        return v6 ? new IpAddress(true, highs[random.nextInt(4)], low << 32 >> 32) : IpAddress.v4((int) low);
    }

    /** Many share a place, or the bits of the hash that are kept there. */
    @Test
    void findsEachOfManyNames() throws IOException {
        String[] names = new String[20_000];
        for (int i = 0; i < names.length; i++) {
            names[i] = "host" + i + ".example.org";
        }
        WatchList list = read(names);
        for (String name : names) {
            assertTrue(has(list, name), name);
            assertFalse(has(list, "x" + name), name);
        }
    }
}
