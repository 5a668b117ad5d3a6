// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import net.conntracklogger.attribution.programs.Refusal;
import net.conntracklogger.attribution.programs.ReportProgram;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;

/** Notices about the BPF programs. */
final class BpfNotices {
    private BpfNotices() {}

    /**
     * Returns the notice that all programs that attribute flows are attached.
     *
     * @param unreported the programs that attribute no flow and are not attached
     */
    static Notice enabled(Collection<String> programs, List<Refusal> unreported) {
        return new Notice(
                Notice.Kind.KERNEL_ATTRIBUTION,
                "BPF attribution enabled: " + String.join(" ", programs) + missing(unreported));
    }

    /**
     * Returns the notice that the kernel does not load or attach some programs.
     *
     * @param uncovered the flows that may be unattributed without the programs
     * @param unreported as for {@link #enabled}
     */
    static Notice incomplete(List<Refusal> refusals, String uncovered, List<Refusal> unreported) {
        String programs = refusals.stream().map(Refusal::toString).collect(Collectors.joining(", "));
        return new Notice(
                Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                "BPF programs not loaded: %s; may be unattributed: %s%s"
                        .formatted(programs, uncovered, missing(unreported)));
    }

    private static String missing(List<Refusal> unreported) {
        if (unreported.isEmpty()) {
            return "";
        }
        String programs = unreported.stream().map(Refusal::toString).collect(Collectors.joining(", "));
        return "; " + ReportProgram.unreported(unreported) + " are not reported: " + programs;
    }

    /**
     * Returns the loss of the records of the process before, which this process cannot use.
     *
     * @param since a {@link System#nanoTime} before all flows that are not attributed yet
     */
    static Loss recordsReplaced(long since) {
        long now = EpochMicros.now();
        long nanos = System.nanoTime() - since;
        return new Loss(Loss.Place.OWNER, Loss.UNKNOWN, now - TimeUnit.NANOSECONDS.toMicros(nanos), now);
    }

    /** Returns the notice that no program is loaded. */
    static Notice disabled(String reason) {
        return new Notice(
                Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                "BPF attribution disabled: %s; flows of short-lived processes will be unattributed, refused ones not logged"
                        .formatted(reason));
    }

    /** Returns the notice that the programs that copy DNS answers are not attached. */
    static Notice withoutNames() {
        return new Notice(
                Notice.Kind.NAMES_UNKNOWN,
                "destination names not available: no BPF program copies DNS answers; flows lack FLOW_DNAME");
    }
}
