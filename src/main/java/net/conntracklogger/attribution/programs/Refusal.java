// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.programs;

import java.util.List;

/**
 * A BPF program that the kernel did not load or attach.
 *
 * @param program its name
 * @param reason error, and the last line of the verifier's log
 * @param log the verifier's log, up to 64 KiB; empty if the program was loaded but not attached
 */
public record Refusal(String program, String reason, String log) {
    private static final String STATISTICS = "processed ";

    /** Creates the refusal of a program that was not loaded. */
    static Refusal ofLoad(String program, String error, String log) {
        List<String> lines = log.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith(STATISTICS))
                .toList();
        String verdict = lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1);
        return new Refusal(program, error + verdict, log);
    }

    @Override
    public String toString() {
        return program + " (" + reason + ")";
    }
}
