// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
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
        for (DestinationName name : flow.names()) {
            fields.put(FLOW_DNAME, name.text());
        }
        fields.putWord(FLOW_WATCH, flow.scrutiny().watch());
        fields.putWord(FLOW_UNEXPECTED, flow.scrutiny().unexpected() ? "yes" : null);
        owners.putOwner(flow.owner());
        if (flow.peer() != null) {
            owners.putPeer(flow.peer());
        }
    }

    void putOwner(Owner owner) {
        owners.putOwner(owner);
    }

    private void putEvent(AttributedFlow flow) {
        FlowEvent event = flow.event();
        fields.putWord(FLOW_EVENT, event.kind().text());
        fields.put(FLOW_ID, event.id());
        fields.put(FLOW_TIMESTAMP, event.timestamp(), /* unknown= */ 0);
        putTuple(event.original());
        if (event.isTranslated()) {
            putReply(event.reply());
        }
        if (flow.direction() != null) {
            fields.putWord(FLOW_DIRECTION, flow.direction().text());
        }
        fields.put(FLOW_INTERFACE, flow.passage().device(), TextForm.VALUE);
        fields.putWord(FLOW_SPOOFED, flow.passage().spoofed() ? "yes" : null);
        fields.put(FLOW_MARK, event.mark(), /* unknown= */ 0);
        fields.put(FLOW_ZONE, event.zone(), /* unknown= */ 0);
        if (event.namespace() != null) {
            fields.put(FLOW_NETNS, event.namespace().name(), TextForm.VALUE);
        }
        fields.putWord(FLOW_MIDSTREAM, event.midstream() ? "yes" : null);
    }

    private void putEnd(FlowEnd end) {
        fields.put(FLOW_ORIG_BYTES, end.originalBytes(), FlowEnd.UNKNOWN);
        fields.put(FLOW_ORIG_PACKETS, end.originalPackets(), FlowEnd.UNKNOWN);
        fields.put(FLOW_REPLY_BYTES, end.replyBytes(), FlowEnd.UNKNOWN);
        fields.put(FLOW_REPLY_PACKETS, end.replyPackets(), FlowEnd.UNKNOWN);
        fields.put(FLOW_DURATION_USEC, end.duration(), FlowEnd.UNKNOWN);
    }

    private void putTuple(FlowTuple tuple) {
        fields.putWord(FLOW_FAMILY, tuple.v6() ? "ipv6" : "ipv4");
        fields.putWord(FLOW_PROTO, tuple.protocol().text());
        fields.put(FLOW_SRC, tuple.source());
        fields.put(FLOW_DST, tuple.destination());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            fields.put(FLOW_SPORT, ports.source());
            fields.put(FLOW_DPORT, ports.destination());
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            fields.put(FLOW_ICMP_TYPE, icmp.type());
            fields.put(FLOW_ICMP_CODE, icmp.code());
            fields.put(FLOW_ICMP_ID, icmp.id());
        }
        fields.putWord(FLOW_COMMUNITY_ID, communityId.of(tuple));
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
