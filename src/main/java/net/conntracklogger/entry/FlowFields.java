// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import java.util.List;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommonValues;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowSummary;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.NetworkNamespace;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.TextForm;

/** Puts the fields of a flow, {@code FLOW_*}, and those of its owners. */
final class FlowFields {
    private final EntryFields fields;
    private final OwnerFields owners;
    private final CommunityId communityId = new CommunityId();

    FlowFields(EntryFields fields) {
        this.fields = fields;
        this.owners = new OwnerFields(fields);
    }

    void put(AttributedFlow flow) {
        putEvent(flow);
        if (flow.event().end() != null) {
            putEnd(flow.event().end());
        }
        putNames(flow.names());
        fields.putWord(FLOW_WATCH, flow.scrutiny().watch());
        fields.putWord(FLOW_UNEXPECTED, flow.scrutiny().unexpected() ? "yes" : null);
        fields.putWord(FLOW_FIRST_SEEN, flow.scrutiny().firstSeen());
        owners.putOwner(flow.owner());
        if (flow.peer() != null) {
            owners.putPeer(flow.peer());
        }
    }

    void put(FlowSummary summary) {
        putShared(summary.common());
        fields.put(FLOW_COUNT, summary.count());
        fields.put(FLOW_END_COUNT, summary.ends(), /* unknown= */ 0);
        fields.put(FLOW_FIRST, summary.first(), /* unknown= */ 0);
        fields.put(FLOW_LAST, summary.last(), /* unknown= */ 0);
        fields.put(FLOW_TIMESTAMP, summary.first(), /* unknown= */ 0);
        fields.put(FLOW_DST_COUNT, summary.destinations(), FlowSummary.UNCOUNTED);
        fields.put(FLOW_DPORT_COUNT, summary.ports(), FlowSummary.UNCOUNTED);
        putEnd(summary.sums());
        Owner owner = summary.common().owner();
        if (owner.process() == null) {
            fields.put(PID_EXE, summary.common().exe());
        }
        owners.putOwner(owner);
    }

    private void putShared(CommonValues common) {
        fields.putWord(FLOW_EVENT, FlowSummary.EVENT);
        if (common.v6() != null) {
            putFamily(common.v6());
        }
        if (common.protocol() != null) {
            fields.putWord(FLOW_PROTO, common.protocol().text());
        }
        if (common.source() != null) {
            fields.put(FLOW_SRC, common.source());
        }
        if (common.destination() != null) {
            fields.put(FLOW_DST, common.destination());
        }
        fields.put(FLOW_DPORT, common.destinationPort(), CommonValues.NO_PORT);
        putWay(common.direction(), common.passage());
        putNamespace(common.namespace());
        putNames(common.names());
    }

    void putOwner(Owner owner) {
        owners.putOwner(owner);
    }

    private void putEvent(AttributedFlow flow) {
        FlowEvent event = flow.event();
        fields.putWord(FLOW_EVENT, event.kind().text());
        if (event.kind() != FlowEvent.Kind.REFUSED) {
            fields.put(FLOW_ID, event.id());
        }
        fields.put(FLOW_TIMESTAMP, event.timestamp(), /* unknown= */ 0);
        putTuple(event);
        if (event.isTranslated()) {
            putReply(event.reply());
        }
        putWay(flow.direction(), flow.passage());
        fields.put(FLOW_MARK, event.mark(), /* unknown= */ 0);
        fields.put(FLOW_ZONE, event.zone(), /* unknown= */ 0);
        putNamespace(event.namespace());
        if (flow.passage().obstacle() != null) {
            fields.putWord(FLOW_REASON, flow.passage().obstacle().text());
        }
        fields.putWord(FLOW_MIDSTREAM, event.midstream() ? "yes" : null);
    }

    private void putNames(List<DestinationName> names) {
        for (DestinationName name : names) {
            fields.put(FLOW_DNAME, name.text());
        }
    }

    private void putWay(Direction direction, Passage passage) {
        if (direction != null) {
            fields.putWord(FLOW_DIRECTION, direction.text());
        }
        fields.put(FLOW_INTERFACE, passage.device(), TextForm.VALUE);
        fields.putWord(FLOW_SPOOFED, passage.spoofed() ? "yes" : null);
    }

    private void putNamespace(NetworkNamespace namespace) {
        if (namespace != null) {
            fields.put(FLOW_NETNS, namespace.name(), TextForm.VALUE);
        }
    }

    private void putFamily(boolean v6) {
        fields.putWord(FLOW_FAMILY, v6 ? "ipv6" : "ipv4");
    }

    private void putEnd(FlowEnd end) {
        fields.put(FLOW_ORIG_BYTES, end.originalBytes(), FlowEnd.UNKNOWN);
        fields.put(FLOW_ORIG_PACKETS, end.originalPackets(), FlowEnd.UNKNOWN);
        fields.put(FLOW_REPLY_BYTES, end.replyBytes(), FlowEnd.UNKNOWN);
        fields.put(FLOW_REPLY_PACKETS, end.replyPackets(), FlowEnd.UNKNOWN);
        fields.put(FLOW_DURATION_USEC, end.duration(), FlowEnd.UNKNOWN);
    }

    private void putTuple(FlowEvent event) {
        FlowTuple tuple = event.original();
        putFamily(tuple.v6());
        fields.putWord(FLOW_PROTO, tuple.protocol().text());
        if (event.isSourceKnown()) {
            fields.put(FLOW_SRC, tuple.source());
        }
        fields.put(FLOW_DST, tuple.destination());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            if (event.isSourcePortKnown()) {
                fields.put(FLOW_SPORT, ports.source());
            }
            fields.put(FLOW_DPORT, ports.destination());
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            fields.put(FLOW_ICMP_TYPE, icmp.type());
            fields.put(FLOW_ICMP_CODE, icmp.code());
            fields.put(FLOW_ICMP_ID, icmp.id());
        }
        if (event.isSourceKnown() && event.isSourcePortKnown()) {
            fields.putWord(FLOW_COMMUNITY_ID, communityId.of(tuple));
        }
    }

    private void putReply(FlowTuple tuple) {
        fields.put(FLOW_REPLY_SRC, tuple.source());
        fields.put(FLOW_REPLY_DST, tuple.destination());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            fields.put(FLOW_REPLY_SPORT, ports.source());
            fields.put(FLOW_REPLY_DPORT, ports.destination());
        }
        fields.putWord(FLOW_REPLY_COMMUNITY_ID, communityId.of(tuple));
    }
}
