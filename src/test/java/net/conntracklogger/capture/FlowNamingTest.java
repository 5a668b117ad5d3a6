// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.capture;

import static net.conntracklogger.entry.Flows.BEGAN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import net.conntracklogger.entry.Flows;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.names.AddressNames;
import net.conntracklogger.names.DnsAnswer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FlowNamingTest {
    private final AddressNames names = new AddressNames();
    private final FlowNaming naming = new FlowNaming(names);

    @BeforeEach
    void answer() {
        answer("example.org", BEGAN - 1);
    }

    @ParameterizedTest
    @EnumSource(names = {"OUTBOUND", "FORWARDED"})
    void namesWhatLeavesThisHost(Direction direction) {
        AttributedFlow flow = flow(direction);
        AttributedFlow named = naming.name(flow);
        assertEquals("[example.org]", texts(named));
        assertEquals(flow, named.withNames(List.of()));
    }

    @ParameterizedTest
    @EnumSource(names = {"INBOUND", "LOCAL"})
    void namesNoAddressOfThisHost(Direction direction) {
        AttributedFlow flow = flow(direction);
        assertSame(flow, naming.name(flow));
    }

    @Test
    void namesNoFlowOfUnknownDirection() {
        AttributedFlow flow = flow(null);
        assertSame(flow, naming.name(flow));
    }

    @Test
    void takesNoAnswerThatIsYoungerThanTheFlow() {
        answer("same.example.org", BEGAN);
        answer("later.example.org", BEGAN + 1);
        assertEquals("[same.example.org, example.org]", texts(naming.name(flow(Direction.OUTBOUND))));
    }

    private void answer(String name, long when) {
        names.add(new DnsAnswer(name, List.of(new DnsAnswer.Found(Flows.HTTP.destination(), 60))), when);
    }

    private static AttributedFlow flow(Direction direction) {
        return Flows.of(Flows.event(Flows.HTTP), direction, Owner.unknown(Unattributed.PROCESS_GONE));
    }

    private static String texts(AttributedFlow flow) {
        return flow.names().stream()
                .map(DestinationName::text)
                .map(text -> text.toString())
                .toList()
                .toString();
    }
}
