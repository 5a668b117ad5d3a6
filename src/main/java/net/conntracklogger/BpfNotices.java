// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import net.conntracklogger.flow.Notice;

/** Notices about the BPF programs that record owners. */
final class BpfNotices {
    private BpfNotices() {}

    /** Returns the notice that all programs are attached. */
    static Notice enabled(Collection<String> programs) {
        return new Notice(Notice.Kind.KERNEL_ATTRIBUTION, "BPF attribution enabled: " + String.join(" ", programs));
    }

    /**
     * Returns the notice that the kernel does not load some programs.
     *
     * @param notLoaded names of the programs, each with the reason, which is empty if it is unknown
     * @param uncovered the flows whose owner is not recorded for that reason
     */
    static Notice incomplete(Map<String, String> notLoaded, String uncovered) {
        String programs = notLoaded.entrySet().stream()
                .map(program -> program.getValue().isEmpty()
                        ? program.getKey()
                        : "%s (%s)".formatted(program.getKey(), program.getValue()))
                .collect(Collectors.joining(", "));
        return new Notice(
                Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                "BPF programs not loaded: %s; may be unattributed: %s".formatted(programs, uncovered));
    }

    /** Returns the notice that no program is loaded. */
    static Notice disabled(String reason) {
        return new Notice(
                Notice.Kind.KERNEL_ATTRIBUTION_REDUCED,
                "BPF attribution disabled: %s; flows of short-lived processes will be unattributed".formatted(reason));
    }
}
