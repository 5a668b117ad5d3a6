// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstSeenTest {
    private static final long KEY = 0x1234_5678_9abc_def0L;

    private final FirstSeen seen = new FirstSeen();
    private final SeenPairs archived = new SeenPairs(KEY);

    private static AttributedFlow flow(String unit, String destination, Direction direction) {
        return flow(FlowEvent.Kind.NEW, unit, destination, direction);
    }

    private static AttributedFlow flow(FlowEvent.Kind kind, String unit, String destination, Direction direction) {
        FlowTuple tuple = Flows.tcp("192.0.2.1", 1000, destination, 443);
        FlowEvent event = new FlowEvent(kind, 1, tuple, tuple.reversed(), 0, 0, false, Flows.BEGAN, null, null);
        ControlGroup group =
                new ControlGroup("/system.slice/" + unit, unit, null, "system.slice", null, -1, null, null);
        return new AttributedFlow(
                event, direction, Owner.of(OwnerSource.BPF, Flows.process("curl", "curl"), group), null);
    }

    private String mark(String unit, String destination) {
        return seen.mark(flow(unit, destination, Direction.OUTBOUND)).scrutiny().firstSeen();
    }

    private void archive(String unit, IpAddress destination) {
        archived.add(archived.hash(archived.unitHash(unit), destination));
    }

    @Test
    void marksThePairOnceIfTheArchiveNeverHadIt() {
        archive("a.service", IpAddress.v4(0xc6336401));
        seen.begin(KEY);
        seen.complete(archived);
        assertNull(mark("a.service", "198.51.100.1"));
        assertEquals("service-destination", mark("a.service", "198.51.100.2"));
        assertNull(mark("a.service", "198.51.100.2"));
        assertEquals("service-destination", mark("b.service", "198.51.100.1"));
    }

    @Test
    void marksNothingBeforeTheArchiveIsKnown() {
        assertNull(mark("a.service", "198.51.100.1"));
        seen.begin(KEY);
        assertNull(mark("a.service", "198.51.100.2"));
        seen.complete(archived);
        assertNull(mark("a.service", "198.51.100.2"), "it was logged before");
        assertEquals("service-destination", mark("a.service", "198.51.100.3"));
    }

    @Test
    void leavesOutOtherDirections() {
        seen.begin(KEY);
        seen.complete(archived);
        AttributedFlow inbound = flow("a.service", "198.51.100.1", Direction.INBOUND);
        assertEquals(inbound, seen.mark(inbound));
    }

    @Test
    void leavesOutWhatWasRefused() {
        seen.begin(KEY);
        seen.complete(archived);
        AttributedFlow refused = flow(FlowEvent.Kind.REFUSED, "a.service", "198.51.100.1", Direction.OUTBOUND);
        assertEquals(refused, seen.mark(refused));
        assertEquals("service-destination", mark("a.service", "198.51.100.1"), "the first flow");
        assertEquals(refused, seen.mark(refused));
        assertNull(mark("a.service", "198.51.100.1"));
    }

    @Test
    void marksNothingBeyondTheBound() {
        for (int i = 0; i < SeenPairs.MOST; i++) {
            archive("a.service", IpAddress.v4(i));
        }
        seen.begin(KEY);
        seen.complete(archived);
        assertFalse(seen.isFull());
        assertNull(mark("a.service", "198.51.100.1"));
        assertTrue(seen.isFull());
        assertNull(mark("a.service", "198.51.100.2"));
    }

    @Test
    void knowsAllPairsUpToTheBound() {
        for (int i = 0; i < SeenPairs.MOST; i++) {
            assertTrue(archived.add(archived.hash(archived.unitHash("a.service"), IpAddress.v4(i))));
        }
        assertEquals(SeenPairs.MOST, archived.size());
        for (int i = 0; i < SeenPairs.MOST; i++) {
            assertFalse(archived.add(archived.hash(archived.unitHash("a.service"), IpAddress.v4(i))));
        }
        assertFalse(archived.isFull());
    }

    @Nested
    class TheFile {
        @TempDir
        private Path directory;

        @Test
        void isReadAsItWasWritten() throws IOException {
            archive("a.service", IpAddress.v4(1));
            archive("b.service", IpAddress.v4(2));
            assertEquals(Optional.empty(), SeenFile.read(directory));
            new SeenFile(archived, 1234, "s=1;i=2").write(directory);
            SeenFile read = SeenFile.read(directory).orElseThrow();
            assertEquals(1234, read.until());
            assertEquals("s=1;i=2", read.place());
            assertEquals(KEY, read.pairs().key());
            assertArrayEquals(archived.all(), read.pairs().all());
            assertFalse(read.pairs().isFull());
        }

        @Test
        void isRefusedIfAnyByteIsWrong() throws IOException {
            archive("a.service", IpAddress.v4(1));
            new SeenFile(archived, 1234, "s=1;i=2").write(directory);
            Path file = directory.resolve(SeenFile.NAME);
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i < bytes.length; i++) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= 1;
                Files.write(file, damaged);
                assertThrows(IOException.class, () -> SeenFile.read(directory), "byte " + i);
            }
        }
    }
}
