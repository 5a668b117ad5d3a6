// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.PacketSocket;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.TextForm;

/**
 * Writes the MESSAGE of a flow, a line with a grammar:
 *
 * <pre>
 * PROTO[ SRC] &gt; DST[ (NAME)][ DIRECTION][, netns N][, midstream][, existing][, refused (REASON)][, progress][, ended ...]
 *     [, orig N B, reply N B]
 *     , pid P (COMM)[ of UNIT] | , no process (REASON)[ of UNIT]
 *     [ to pid P (COMM)[ of UNIT]][, watch NAME][, unexpected][: COMMAND]
 * </pre>
 *
 * <p>Names are escaped ({@link TextForm#NAME}), so that none can pass for another part; the command line is last.
 */
final class FlowMessage {
    /** Maximum number of bytes of the command line; PID_CMDLINE has all of it. */
    private static final int COMMAND_LIMIT = 200;
    /** Maximum number of bytes of any other name; its own field has all of it. */
    private static final int NAME_LIMIT = 255;
    /** Minimum age that is shown with a name. The address may have changed its owner since the lookup. */
    private static final long NOTABLE_AGE_SECONDS = 60;

    /** Stands for what the flows of a summary do not share. */
    private static final String ANY = "*";

    /** The part of an owner, and the command line with the colon before it. */
    private record OwnerText(String owner, String command) {}

    private final RecentOwners<OwnerText> owners = new RecentOwners<>();

    void append(StringBuilder text, AttributedFlow flow) {
        FlowEvent event = flow.event();
        appendTuple(text, event);
        if (!flow.names().isEmpty()) {
            appendNames(text, flow.names(), event.timestamp());
        }
        if (flow.direction() != null) {
            text.append(' ').append(flow.direction().brief());
        }
        appendState(text, event);
        if (event.kind() == FlowEvent.Kind.REFUSED) {
            text.append(", refused (").append(flow.passage().obstacle().text()).append(')');
        }
        OwnerText owner = ownerText(flow.owner());
        text.append(owner.owner);
        if (flow.peer() != null && flow.peer().process() != null) {
            appendProcess(text.append(" to"), flow.peer());
        }
        if (flow.scrutiny().watch() != null) {
            text.append(", watch ").append(flow.scrutiny().watch());
        }
        if (flow.scrutiny().unexpected()) {
            text.append(", unexpected");
        }
        text.append(owner.command);
    }

    /** Appends the message of a summary. What its flows do not share is {@code *}. */
    void append(StringBuilder text, FlowSummary summary) {
        CommonValues common = summary.common();
        text.append(common.protocol() == null ? ANY : common.protocol().text()).append(' ');
        FlowTuple.appendEnd(text, common.source(), CommonValues.NO_PORT);
        text.append(" > ");
        FlowTuple.appendEnd(text, common.destination(), common.destinationPort());
        if (!common.names().isEmpty()) {
            appendNames(text, common.names(), summary.first());
        }
        if (common.direction() != null) {
            text.append(' ').append(common.direction().brief());
        }
        appendNamespace(text, common.namespace());
        text.append(", ").append(summary.count()).append(summary.count() == 1 ? " flow" : " flows");
        if (summary.first() != 0) {
            text.append(" since ").append(Instant.ofEpochSecond(TimeUnit.MICROSECONDS.toSeconds(summary.first())));
        }
        appendBytes(text, summary.sums());
        OwnerText owner = ownerText(common.owner());
        text.append(owner.owner).append(owner.command);
    }

    /** Appends the tuple, without what is not known of its source. */
    private static void appendTuple(StringBuilder text, FlowEvent event) {
        FlowTuple tuple = event.original();
        if (event.isSourceKnown() && event.isSourcePortKnown()) {
            tuple.appendTo(text);
            return;
        }
        text.append(tuple.protocol().text()).append(' ');
        if (event.isSourceKnown()) {
            FlowTuple.appendEnd(text, tuple.source(), CommonValues.NO_PORT);
            text.append(' ');
        }
        text.append("> ");
        FlowTuple.appendEnd(text, tuple.destination(), tuple.destinationPort());
    }

    private OwnerText ownerText(Owner of) {
        OwnerText owner = owners.get(of);
        if (owner == null) {
            owner = text(of);
            owners.put(of, owner);
        }
        return owner;
    }

    /** Appends the message of a packet socket. */
    static void append(StringBuilder text, PacketSocket socket) {
        text.append("packet socket opened,");
        appendOwner(text, socket.owner());
        text.append("; conntrack does not see what it sends; if you do not know the program, look into it");
    }

    private static OwnerText text(Owner owner) {
        StringBuilder text = new StringBuilder(",");
        appendOwner(text, owner);
        String process = text.toString();
        text.setLength(0);
        if (owner.process() != null && owner.process().commandLine() != null) {
            owner.process().commandLine().appendTo(text.append(": "), COMMAND_LIMIT);
        }
        return new OwnerText(process, text.toString());
    }

    /**
     * Appends the most recent name, and the number of other names of the address. Appends the age of the name if it is
     * notable.
     */
    private static void appendNames(StringBuilder text, List<DestinationName> names, long began) {
        DestinationName recent = names.get(0);
        int others = names.size() - 1;
        text.append(" (");
        int from = text.length();
        recent.text().appendTo(text, TextForm.NAME);
        shorten(text, from);
        if (others > 0) {
            text.append(" or ").append(others).append(others == 1 ? " other" : " others");
        }
        long age = TimeUnit.MICROSECONDS.toSeconds(began - recent.asked());
        if (age > NOTABLE_AGE_SECONDS) {
            text.append(", looked up ");
            if (age < TimeUnit.HOURS.toSeconds(2)) {
                text.append(age / 60).append(" min ago");
            } else {
                text.append(age / 3600).append(" h ago");
            }
        }
        text.append(')');
    }

    private static void appendState(StringBuilder text, FlowEvent event) {
        appendNamespace(text, event.namespace());
        if (event.midstream()) {
            text.append(", midstream");
        }
        if (event.kind() == FlowEvent.Kind.EXISTING) {
            text.append(", existing");
        }
        if (event.kind() == FlowEvent.Kind.PROGRESS) {
            appendBytes(text.append(", progress"), event.end());
        } else if (event.end() != null) {
            appendEnd(text, event.end());
        }
    }

    private static void appendNamespace(StringBuilder text, NetworkNamespace namespace) {
        if (namespace != null) {
            text.append(", netns ");
            appendName(text, namespace.name());
        }
    }

    private static void appendEnd(StringBuilder text, FlowEnd end) {
        text.append(", ended");
        if (end.unseen() != FlowEnd.UNKNOWN) {
            text.append(" (not seen)");
        } else if (end.duration() != FlowEnd.UNKNOWN) {
            String millis = Long.toString(end.duration() / 1000 % 1000 + 1000).substring(1);
            text.append(" after ").append(end.duration() / 1_000_000);
            text.append('.').append(millis).append(" s");
        }
        appendBytes(text, end);
    }

    private static void appendBytes(StringBuilder text, FlowEnd end) {
        if (end.originalBytes() != FlowEnd.UNKNOWN && end.replyBytes() != FlowEnd.UNKNOWN) {
            text.append(", orig ").append(end.originalBytes());
            text.append(" B, reply ").append(end.replyBytes()).append(" B");
        }
    }

    private static void appendOwner(StringBuilder text, Owner owner) {
        if (owner.process() != null) {
            appendProcess(text, owner);
        } else {
            text.append(" no process (").append(owner.reason().text()).append(')');
            appendUnit(text, owner);
        }
    }

    private static void appendProcess(StringBuilder text, Owner owner) {
        text.append(" pid ").append(owner.process().pid()).append(" (");
        owner.process().comm().appendTo(text, TextForm.NAME);
        text.append(')');
        appendUnit(text, owner);
    }

    /** Appends the unit; if the cgroup belongs to no unit, appends its path. */
    private static void appendUnit(StringBuilder text, Owner owner) {
        if (owner.cgroup() == null) {
            return;
        }
        text.append(" of ");
        if (owner.cgroup().service() != null) {
            // The name of a unit contains nothing to escape: its backslashes are escapes of systemd.
            text.append(owner.cgroup().service());
        } else if (owner.cgroup().path() == null) {
            text.append(ANY);
        } else {
            appendName(text, owner.cgroup().path());
        }
    }

    private static void appendName(StringBuilder text, String name) {
        int from = text.length();
        TextForm.NAME.append(text, name);
        shorten(text, from);
    }

    /** Shortens the name that extends from an offset to the end of the text. */
    private static void shorten(StringBuilder text, int from) {
        if (text.length() - from > NAME_LIMIT) {
            PrintableText name = PrintableText.of(text.substring(from));
            text.setLength(from);
            name.appendTo(text, NAME_LIMIT);
        }
    }
}
