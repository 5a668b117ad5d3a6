// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.conntracklogger.attribution.programs.Refusal;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import org.junit.jupiter.api.Test;

class BpfNoticesTest {
    @Test
    void namesTheProgramsThatAreAttached() {
        assertEquals(
                new Notice(Notice.Kind.KERNEL_ATTRIBUTION, "BPF attribution enabled: packet_received packet_sent"),
                BpfNotices.enabled(List.of("packet_received", "packet_sent"), List.of()));
    }

    @Test
    void namesTheProgramsThatAreNotLoadedWithTheReasons() {
        List<Refusal> refusals = List.of(
                new Refusal("packet_sent", "Invalid argument: R1 type=ctx expected=fp", "0: R1=ctx()"),
                new Refusal("sendmsg4", "not attached: Operation not permitted", ""));
        assertEquals(
                new Notice(
                        Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                        "BPF programs not loaded: packet_sent (Invalid argument: R1 type=ctx expected=fp),"
                                + " sendmsg4 (not attached: Operation not permitted);"
                                + " may be unattributed: outbound UDP"),
                BpfNotices.incomplete(refusals, "outbound UDP", List.of()));
    }

    @Test
    void saysThatPacketSocketsAreNotRecorded() {
        List<Refusal> refusal =
                List.of(new Refusal("packet_socket_created", "not attached: Operation not supported", ""));
        String effect = "; packet sockets that close within a second are not reported:"
                + " packet_socket_created (not attached: Operation not supported)";
        assertEquals(
                "BPF attribution enabled: packet_sent" + effect,
                BpfNotices.enabled(List.of("packet_sent"), refusal).text());
        assertEquals(
                "BPF programs not loaded: sockets (x); may be unattributed: y" + effect,
                BpfNotices.incomplete(List.of(new Refusal("sockets", "x", "")), "y", refusal)
                        .text());
    }

    @Test
    void saysOnceWhatSeveralProgramsWouldReport() {
        List<Refusal> refusals = List.of(
                new Refusal("packet_dropped", "Invalid argument", ""),
                new Refusal("connect4_failed", "Operation not permitted", ""),
                new Refusal("connect6_failed", "Operation not permitted", ""));
        assertEquals(
                "BPF attribution enabled: packet_sent; flows that netfilter refuses, TCP connects that fail at once"
                        + " are not reported: packet_dropped (Invalid argument), connect4_failed (Operation not permitted),"
                        + " connect6_failed (Operation not permitted)",
                BpfNotices.enabled(List.of("packet_sent"), refusals).text());
    }

    @Test
    void datesRecordsThatCannotBeUsed() {
        long before = EpochMicros.now();
        Loss loss = BpfNotices.recordsReplaced(System.nanoTime() - 5_000_000_000L);
        long after = EpochMicros.now();
        assertEquals(Loss.UNKNOWN, loss.count());
        assertTrue(before <= loss.until() && loss.until() <= after, loss::toString);
        assertEquals(5, (loss.until() - loss.since()) / 1_000_000, loss::toString);
    }

    @Test
    void saysWhyNoProgramIsLoaded() {
        assertEquals(
                new Notice(
                        Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                        "BPF attribution disabled: cannot open x: No such file or directory (errno 2);"
                                + " flows of short-lived processes will be unattributed, refused ones not logged"),
                BpfNotices.disabled("cannot open x: No such file or directory (errno 2)"));
    }
}
