// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class BpfNoticesTest {
    @Test
    void namesTheProgramsThatAreAttached() {
        assertEquals(
                new Notice(Notice.Kind.KERNEL_ATTRIBUTION, "BPF attribution enabled: packet_received packet_sent"),
                BpfNotices.enabled(List.of("packet_received", "packet_sent")));
    }

    @Test
    void namesTheProgramsThatAreNotLoadedWithTheReasonIfItIsKnown() {
        Map<String, String> notLoaded =
                new TreeMap<>(Map.of("packet_sent", "Invalid argument: R1 type=ctx expected=fp", "sockets", ""));
        assertEquals(
                new Notice(
                        Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                        "BPF programs not loaded: packet_sent (Invalid argument: R1 type=ctx expected=fp), sockets;"
                                + " may be unattributed: outbound UDP"),
                BpfNotices.incomplete(notLoaded, "outbound UDP"));
    }

    @Test
    void saysWhyNoProgramIsLoaded() {
        assertEquals(
                new Notice(
                        Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                        "BPF attribution disabled: cannot open x: No such file or directory (errno 2);"
                                + " flows of short-lived processes will be unattributed"),
                BpfNotices.disabled("cannot open x: No such file or directory (errno 2)"));
    }
}
