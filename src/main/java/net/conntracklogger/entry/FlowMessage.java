// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.ProcessRecord;
import net.conntracklogger.flow.RawText;

/** The line of a flow that people read. Nothing in it can move a terminal's cursor. */
final class FlowMessage {
    private static final int COMMAND_LINE_LIMIT = 200;
    private static final int NAME_LIMIT = 80;

    private FlowMessage() {}

    static void append(StringBuilder text, AttributedFlow flow) {
        FlowEvent event = flow.event();
        FlowTuple tuple = event.original();
        text.append(tuple.protocol().text()).append(' ');
        appendEnd(text, tuple.source(), tuple.layer4(), tuple.sourcePort());
        text.append(" > ");
        appendEnd(text, tuple.destination(), tuple.layer4(), tuple.destinationPort());
        if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            text.append(" type ").append(icmp.type());
            text.append(" code ").append(icmp.code());
            text.append(" id ").append(icmp.id());
        }
        if (flow.direction() != null) {
            text.append(' ').append(flow.direction().brief());
        }
        if (event.midstream()) {
            text.append(" (older than tracking)");
        }
        appendOwner(text, flow.owner());
        if (flow.peer() != null && flow.peer().process() != null) {
            text.append("; to");
            appendProcess(text, flow.peer());
        }
    }

    private static void appendEnd(StringBuilder text, IpAddress address, Layer4 layer4, int port) {
        boolean ported = layer4 instanceof Layer4.Ports;
        boolean bracketed = ported && address.v6();
        if (bracketed) {
            text.append('[');
        }
        address.appendTo(text);
        if (bracketed) {
            text.append(']');
        }
        if (ported) {
            text.append(':').append(port);
        }
    }

    private static void appendOwner(StringBuilder text, Owner owner) {
        text.append(',');
        if (owner.process() != null) {
            appendProcess(text, owner);
            if (owner.process().commandLine() != null) {
                text.append(": ");
                owner.process().commandLine().appendPrintable(text, COMMAND_LINE_LIMIT);
            }
            return;
        }
        text.append(" process unknown (").append(owner.reason().text()).append(')');
        if (owner.cgroup() != null) {
            appendPlace(text, owner);
        } else if (owner.uid() != ProcessRecord.UNKNOWN_ID) {
            text.append(" of uid ").append(owner.uid());
        }
    }

    private static void appendProcess(StringBuilder text, Owner owner) {
        text.append(" pid ").append(owner.process().pid()).append(" (");
        owner.process().comm().appendPrintable(text, NAME_LIMIT);
        text.append(')');
        appendPlace(text, owner);
    }

    private static void appendPlace(StringBuilder text, Owner owner) {
        if (owner.cgroup() != null) {
            String service = owner.cgroup().service();
            text.append(" of ");
            RawText.of(service != null ? service : owner.cgroup().path()).appendPrintable(text, COMMAND_LINE_LIMIT);
        }
    }
}
