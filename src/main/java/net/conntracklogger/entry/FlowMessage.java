// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.TextForm;

/** The line of a flow that people read. Nothing in it can move a terminal's cursor. */
final class FlowMessage {
    private static final int COMMAND_LINE_LIMIT = 200;

    private FlowMessage() {}

    static void append(StringBuilder text, AttributedFlow flow) {
        FlowEvent event = flow.event();
        event.original().appendTo(text);
        if (!flow.names().isEmpty()) {
            appendNames(text, flow.names(), event.timestamp());
        }
        if (flow.direction() != null) {
            text.append(' ').append(flow.direction().brief());
        }
        if (event.namespace() != null) {
            text.append(" in netns ");
            TextForm.NAME.append(text, event.namespace().name());
        }
        if (event.midstream()) {
            text.append(" (older than tracking)");
        }
        if (event.kind() == FlowEvent.Kind.EXISTING) {
            text.append(" (older than the service)");
        }
        if (event.end() != null) {
            appendEnd(text, event.end());
        }
        appendOwner(text, flow.owner());
        if (flow.peer() != null && flow.peer().process() != null) {
            text.append("; to");
            appendProcess(text, flow.peer());
        }
    }

    /** {@code , ended after 2.041 s, 420 bytes sent, 1288 received}, as the initiator sees it. */
    private static void appendEnd(StringBuilder text, FlowEnd end) {
        if (end.unseen() != FlowEnd.UNKNOWN) {
            // A bound, so rounded up.
            text.append(", ended unseen, at most ")
                    .append(TimeUnit.MICROSECONDS.toMinutes(end.unseen()) + 1)
                    .append(" min ago");
            return;
        }
        text.append(", ended");
        if (end.duration() != FlowEnd.UNKNOWN) {
            String millis = Long.toString(end.duration() / 1000 % 1000 + 1000).substring(1);
            text.append(" after ")
                    .append(end.duration() / 1_000_000)
                    .append('.')
                    .append(millis)
                    .append(" s");
        }
        if (end.originalBytes() != FlowEnd.UNKNOWN && end.replyBytes() != FlowEnd.UNKNOWN) {
            text.append(", ").append(end.originalBytes()).append(" bytes there and ");
            text.append(end.replyBytes()).append(" back");
        }
    }

    /** The newest name, and how long before the flow it was asked for. */
    private static void appendNames(StringBuilder text, List<DestinationName> names, long began) {
        DestinationName newest = names.get(0);
        int others = names.size() - 1;
        text.append(" (");
        newest.text().appendTo(text, TextForm.NAME);
        if (others > 0) {
            text.append(" or ").append(others).append(others == 1 ? " other" : " others");
        }
        text.append(", asked ");
        // What is told of an answer can come a moment after the flow.
        appendAge(text, Math.max(0, TimeUnit.MICROSECONDS.toSeconds(began - newest.asked())));
        text.append(" ago)");
    }

    private static void appendAge(StringBuilder text, long seconds) {
        if (seconds < 120) {
            text.append(seconds).append(" s");
        } else if (seconds < 120 * 60) {
            text.append(seconds / 60).append(" min");
        } else {
            text.append(seconds / 3600).append(" h");
        }
    }

    private static void appendOwner(StringBuilder text, Owner owner) {
        text.append(',');
        if (owner.process() != null) {
            appendProcess(text, owner);
            if (owner.process().commandLine() != null) {
                text.append(": ");
                owner.process().commandLine().appendTo(text, COMMAND_LINE_LIMIT);
            }
            return;
        }
        text.append(" process unknown (").append(owner.reason().text()).append(')');
        if (owner.cgroup() != null) {
            appendPlace(text, owner);
        } else if (owner.uid() != ProcessInfo.UNKNOWN_ID) {
            text.append(" of uid ").append(owner.uid());
        }
    }

    private static void appendProcess(StringBuilder text, Owner owner) {
        text.append(" pid ").append(owner.process().pid()).append(" (");
        owner.process().comm().appendTo(text, TextForm.NAME);
        text.append(')');
        appendPlace(text, owner);
    }

    private static void appendPlace(StringBuilder text, Owner owner) {
        if (owner.cgroup() != null) {
            String service = owner.cgroup().service();
            text.append(" of ");
            if (service != null) {
                text.append(service);
            } else {
                TextForm.NAME.append(text, owner.cgroup().path());
            }
        }
    }
}
