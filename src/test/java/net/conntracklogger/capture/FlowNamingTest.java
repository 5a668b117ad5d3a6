// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.entry.Flows.BEGAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.resolved.AddressNames;
import net.conntracklogger.resolved.QueryReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlowNamingTest {
    private static final long MILLI = 1_000_000;
    private static final AttributedFlow OUT = flow(Direction.OUTBOUND);

    private final AddressNames names = new AddressNames();
    private long clock = 5;
    private boolean reported = true;
    private final FlowNaming naming = new FlowNaming(names, () -> reported, () -> clock);

    @Test
    void waitsForAnAnswerThatIsReportedLate() {
        naming.add(OUT);
        assertNull(naming.next());
        assertEquals(100, naming.dueMillis(500), 1);
        clock += 99 * MILLI;
        assertNull(naming.next());
        answer("example.org", BEGAN + 99_000);
        clock += MILLI;
        AttributedFlow named = naming.next();
        assertEquals("example.org", name(named));
        assertEquals(OUT, named.withNames(List.of()));
        assertTrue(naming.isEmpty());
    }

    /** An answer that comes later than a report can be late did not lead to the flow, even if the flow is read late. */
    @Test
    void takesNoNameThatCameLater() {
        naming.add(OUT);
        answer("later.example.org", BEGAN + 100_001);
        clock += 200 * MILLI;
        assertSame(OUT, naming.next());
    }

    @Test
    void doesNotWaitIfNoAnswersAreReported() {
        reported = false;
        answer("example.org", BEGAN - 1);
        naming.add(OUT);
        assertEquals("example.org", name(naming.next()));
        assertEquals(500, naming.dueMillis(500));
    }

    @ParameterizedTest
    @EnumSource(names = {"INBOUND", "LOCAL"})
    void namesNoFlowToThisHost(Direction direction) {
        answer("example.org", BEGAN - 1);
        AttributedFlow flow = flow(direction);
        naming.add(flow);
        assertSame(flow, naming.next());
    }

    @Test
    void namesForwardedFlows() {
        answer("example.org", BEGAN - 1);
        naming.add(flow(Direction.FORWARDED));
        clock += 100 * MILLI;
        assertEquals("example.org", name(naming.next()));
    }

    @Test
    void namesNoFlowWithoutADirection() {
        answer("example.org", BEGAN - 1);
        AttributedFlow flow = flow(null);
        naming.add(flow);
        assertSame(flow, naming.next());
    }

    @Test
    void keepsTheOrder() {
        AttributedFlow in = flow(Direction.INBOUND);
        naming.add(OUT);
        naming.add(in);
        assertNull(naming.next());
        clock += 100 * MILLI;
        assertSame(OUT, naming.next());
        assertSame(in, naming.next());
        assertNull(naming.next());
    }

    @Test
    void boundsTheBytesThatWait() {
        int count = 10_000;
        for (int i = 0; i < count; i++) {
            naming.add(OUT);
        }
        int passed = 0;
        while (naming.next() != null) {
            passed++;
        }
        int waiting = (count - passed) * OUT.retainedBytes();
        assertTrue(waiting <= 2 << 20 && waiting > 1 << 20, waiting + " bytes wait");
    }

    /** For each flow that does not fit one is passed on early, and the rest when its delay is over. */
    @Test
    void countsFlowsThatArePassedOnEarly() {
        int room = (2 << 20) / OUT.retainedBytes();
        for (int i = 0; i < room + 3; i++) {
            naming.add(OUT);
        }
        assertEquals(0, naming.hurried());
        for (int i = 1; i <= 3; i++) {
            assertSame(OUT, naming.next());
            assertEquals(i, naming.hurried());
        }
        assertNull(naming.next());
        clock += 100 * MILLI;
        for (int i = 0; i < room; i++) {
            assertSame(OUT, naming.next());
        }
        assertTrue(naming.isEmpty());
        assertEquals(3, naming.hurried());
    }

    /** Flows whose delay is over and flows without a delay are not early, even if there are many. */
    @Test
    void doesNotCountFlowsThatArePassedOnInTime() {
        int many = 3 * (2 << 20) / OUT.retainedBytes();
        for (int i = 0; i < many; i++) {
            naming.add(OUT);
        }
        clock += 100 * MILLI;
        for (int i = 0; i < many; i++) {
            naming.add(flow(Direction.INBOUND));
        }
        reported = false;
        for (int i = 0; i < many; i++) {
            naming.add(OUT);
        }
        int passed = 0;
        while (naming.next() != null) {
            passed++;
        }
        assertEquals(3 * many, passed);
        assertEquals(0, naming.hurried());
    }

    private void answer(String name, long when) {
        QueryReport.Found found = new QueryReport.Found(Flows.HTTP.destination(), 60);
        names.add(new QueryReport.Addresses(name, List.of(found)), when);
    }

    private static AttributedFlow flow(Direction direction) {
        return Flows.of(Flows.event(Flows.HTTP), direction, Owner.unknown(Unattributed.PROCESS_GONE));
    }

    private static String name(AttributedFlow flow) {
        List<DestinationName> names = flow.names();
        assertEquals(1, names.size());
        return names.get(0).text().toString();
    }
}
