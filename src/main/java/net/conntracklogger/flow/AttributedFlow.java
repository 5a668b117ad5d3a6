// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A flow and whose it is.
 *
 * @param direction null where it cannot be known (a flow taken up in the middle)
 * @param peer the accepting side of a {@link Direction#LOCAL} flow, else null
 */
public record AttributedFlow(FlowEvent event, Direction direction, Owner owner, Owner peer) implements Observation {

    /** {@inheritDoc} Process records count in full. */
    @Override
    public int weight() {
        return 512 + weight(owner) + (peer == null ? 0 : weight(peer));
    }

    private static int weight(Owner owner) {
        ProcessRecord process = owner.process();
        int path = owner.cgroup() == null ? 0 : 2 * owner.cgroup().path().length();
        if (process == null) {
            return path;
        }
        return 256 + path + length(process.commandLine()) + length(process.exe()) + length(process.ancestors());
    }

    private static int length(RawText text) {
        return text == null ? 0 : text.length();
    }
}
