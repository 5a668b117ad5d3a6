// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.process.ProcFixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PingSocketsTest {

    /** README.md beside the files lists inodes and users. */
    @ParameterizedTest
    @CsvSource({
        "icmp,48879,1982965,0",
        "icmp,1,1982969,65534",
        "icmp,65535,1982971,1000",
        "icmp6,4660,1982973,0",
        "icmp6,43981,1982975,65534"
    })
    void findsTheSocketOfAnIdentifier(String file, int id, long inode, long uid) {
        assertEquals(
                new DiagSocket(inode, id, inode, uid, 0, false, true), parse(ProcFixture.bytes("net/" + file), id));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 48878, 4660})
    void findsNoneOfAnUnknownIdentifier(int id) {
        assertNull(parse(ProcFixture.bytes("net/icmp"), id));
    }

    @Test
    void returnsNoneOfSeveral() {
        String table = new String(ProcFixture.bytes("net/icmp"), StandardCharsets.US_ASCII);
        String line = table.lines().skip(1).findFirst().orElseThrow();
        assertNull(parse((table + line + "\n").getBytes(StandardCharsets.US_ASCII), 48879));
    }

    @Test
    void readsTheTableOfTheFamily(@TempDir Path root) throws IOException {
        Files.createDirectory(root.resolve("net"));
        try (PingSockets pings = new PingSockets(root)) {
            assertNull(pings.lookup(ping("192.0.2.1", Protocol.ICMP, 48879)), "no table");
            Files.write(root.resolve("net/icmp"), ProcFixture.bytes("net/icmp"));
            Files.write(root.resolve("net/icmp6"), ProcFixture.bytes("net/icmp6"));
            assertEquals(
                    1982965,
                    pings.lookup(ping("192.0.2.1", Protocol.ICMP, 48879)).inode());
            assertEquals(
                    1982973,
                    pings.lookup(ping("2001:db8::1", Protocol.ICMPV6, 4660)).inode());
            assertNull(pings.lookup(ping("2001:db8::1", Protocol.ICMPV6, 48879)));
        }
    }

    @Test
    void surveysBothTables(@TempDir Path root) throws IOException {
        Files.createDirectory(root.resolve("net"));
        Files.write(root.resolve("net/icmp"), ProcFixture.bytes("net/icmp"));
        Files.write(root.resolve("net/icmp6"), ProcFixture.bytes("net/icmp6"));
        List<Long> inodes = new ArrayList<>();
        try (PingSockets pings = new PingSockets(root)) {
            pings.survey(ping -> inodes.add(ping.inode()));
        }
        assertEquals(
                List.of(1982965L, 1982969L, 1982971L, 1982973L, 1982975L),
                inodes.stream().sorted().toList());
    }

    @Test
    void coversIcmpOnly() {
        assertTrue(PingSockets.covers(Protocol.ICMP) && PingSockets.covers(Protocol.ICMPV6));
        assertTrue(!PingSockets.covers(Protocol.UDP) && !PingSockets.covers(Protocol.GRE));
    }

    private static FlowTuple ping(String source, Protocol protocol, int id) {
        return new FlowTuple(address(source), address(source), protocol, new Layer4.Icmp(8, 0, id));
    }

    private static DiagSocket parse(byte[] table, int id) {
        return PingSockets.parse(ByteBuffer.wrap(table), table.length, id);
    }
}
