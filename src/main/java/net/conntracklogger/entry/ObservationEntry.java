// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.entry.JournalField.*;

import java.io.IOException;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.FlowEnd;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Loss;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.Observation;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.RawText;

/** Writes what the pipeline carries as entries: this is where the contract's fields get their values. One thread uses it. */
public final class ObservationEntry {
    /** Priorities of syslog(3). */
    private static final int LOG_WARNING = 4;

    private static final int LOG_NOTICE = 5;
    private static final int LOG_INFO = 6;
    private static final String IDENTIFIER = "conntrack-logger";

    private final EntryWriter writer;
    private final CommunityId communityId = new CommunityId();
    private final StringBuilder text = new StringBuilder(512);

    public ObservationEntry(EntryWriter writer) {
        this.writer = writer;
    }

    /**
     * Writes one entry.
     *
     * @throws IOException where it is lost
     */
    public void write(Observation observation) throws IOException {
        text.setLength(0);
        writer.begin();
        if (observation instanceof AttributedFlow flow) {
            FlowMessage.append(text, flow);
            putHead(messageId(flow.event().kind()), LOG_INFO);
            putFlow(flow);
        } else if (observation instanceof Loss loss) {
            putLoss(loss);
        } else if (observation instanceof Notice notice) {
            text.append(notice.text());
            putNotice(notice);
        }
        writer.commit();
    }

    private static MessageId messageId(FlowEvent.Kind kind) {
        return switch (kind) {
            case NEW -> MessageId.FLOW_NEW;
            case EXISTING -> MessageId.FLOW_EXISTING;
            case END -> MessageId.FLOW_END;
        };
    }

    private void putHead(MessageId id, int priority) {
        writer.put(MESSAGE, text);
        writer.put(MESSAGE_ID, id.text());
        writer.put(PRIORITY, priority);
        writer.put(SYSLOG_IDENTIFIER, IDENTIFIER);
    }

    private void putNotice(Notice notice) {
        switch (notice.kind()) {
            case TRACKING_ENABLED -> putHead(MessageId.TRACKING_ENABLED, LOG_NOTICE);
            case TRACKING_INACTIVE -> putHead(MessageId.TRACKING_INACTIVE, LOG_WARNING);
            case TRACKING_ACTIVE -> putHead(MessageId.TRACKING_ACTIVE, LOG_NOTICE);
            case CONNTRACK_SYSCTLS_SET -> putHead(MessageId.CONNTRACK_SYSCTLS_SET, LOG_NOTICE);
            case CONNTRACK_SYSCTLS_REFUSED -> putHead(MessageId.CONNTRACK_SYSCTLS_REFUSED, LOG_WARNING);
            case KERNEL_ATTRIBUTION -> putHead(MessageId.KERNEL_ATTRIBUTION, LOG_NOTICE);
            case KERNEL_ATTRIBUTION_REDUCED -> putHead(MessageId.KERNEL_ATTRIBUTION_REDUCED, LOG_WARNING);
            case KERNEL_RECORDS_SHORT -> putHead(MessageId.KERNEL_RECORDS_SHORT, LOG_WARNING);
            case SOCKETS_LEFT_OUT -> putHead(MessageId.SOCKETS_LEFT_OUT, LOG_WARNING);
            case NAMES_KNOWN -> putHead(MessageId.NAMES_KNOWN, LOG_NOTICE);
            case NAMES_UNKNOWN -> putHead(MessageId.NAMES_UNKNOWN, LOG_NOTICE);
            case NAMES_INCOMPLETE -> putHead(MessageId.NAMES_INCOMPLETE, LOG_WARNING);
            case IDENTITY_REDUCED -> putHead(MessageId.IDENTITY_REDUCED, LOG_WARNING);
            case IDENTITY_COMPLETE -> putHead(MessageId.IDENTITY_COMPLETE, LOG_NOTICE);
        }
    }

    private void putLoss(Loss loss) {
        text.append(loss.count())
                .append(loss.count() == 1 ? " record" : " records")
                .append(" lost: ");
        text.append(
                switch (loss.place()) {
                    case KERNEL -> "the kernel's receive buffer was full";
                    case QUEUE -> "the queue was full";
                    case JOURNAL -> "the journal did not take them";
                    case DECODE -> "the kernel's message could not be decoded";
                });
        putHead(MessageId.RECORDS_LOST, LOG_WARNING);
        writer.put(LOST_COUNT, loss.count());
        writer.put(LOST_WHERE, loss.place().text());
        writer.put(LOST_SINCE, loss.since());
        writer.put(LOST_UNTIL, loss.until());
    }

    private void putFlow(AttributedFlow flow) {
        FlowEvent event = flow.event();
        writer.put(FLOW_EVENT, event.kind().text());
        writer.put(FLOW_ID, event.id());
        if (event.timestamp() != 0) {
            writer.put(FLOW_TIMESTAMP, event.timestamp());
        }
        putTuple(event.original());
        if (event.isTranslated()) {
            putReply(event.reply());
        }
        if (flow.direction() != null) {
            writer.put(FLOW_DIRECTION, flow.direction().text());
        }
        if (event.mark() != 0) {
            writer.put(FLOW_MARK, event.mark());
        }
        if (event.zone() != 0) {
            writer.put(FLOW_ZONE, event.zone());
        }
        if (event.namespace() != null) {
            put(FLOW_NETNS, event.namespace().name());
        }
        if (event.midstream()) {
            writer.put(FLOW_MIDSTREAM, "yes");
        }
        if (event.end() != null) {
            putEnd(event.end());
        }
        for (DestinationName name : flow.names()) {
            put(FLOW_DNAME, name.text());
        }
        putOwner(flow.owner());
        if (flow.peer() != null) {
            putPeer(flow.peer());
        }
    }

    private void putEnd(FlowEnd end) {
        putKnown(FLOW_ORIG_BYTES, end.originalBytes());
        putKnown(FLOW_ORIG_PACKETS, end.originalPackets());
        putKnown(FLOW_REPLY_BYTES, end.replyBytes());
        putKnown(FLOW_REPLY_PACKETS, end.replyPackets());
        putKnown(FLOW_DURATION_USEC, end.duration());
    }

    private void putKnown(JournalField field, long value) {
        if (value != FlowEnd.UNKNOWN) {
            writer.put(field, value);
        }
    }

    private void putTuple(FlowTuple tuple) {
        writer.put(FLOW_FAMILY, tuple.v6() ? "ipv6" : "ipv4");
        writer.put(FLOW_PROTO, tuple.protocol().text());
        put(FLOW_SRC, tuple.source());
        put(FLOW_DST, tuple.destination());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            writer.put(FLOW_SPORT, ports.source());
            writer.put(FLOW_DPORT, ports.destination());
        } else if (tuple.layer4() instanceof Layer4.Icmp icmp) {
            writer.put(FLOW_ICMP_TYPE, icmp.type());
            writer.put(FLOW_ICMP_CODE, icmp.code());
            writer.put(FLOW_ICMP_ID, icmp.id());
        }
        writer.put(FLOW_COMMUNITY_ID, communityId.of(tuple));
    }

    private void putReply(FlowTuple tuple) {
        put(FLOW_REPLY_SRC, tuple.source());
        put(FLOW_REPLY_DST, tuple.destination());
        if (tuple.layer4() instanceof Layer4.Ports ports) {
            writer.put(FLOW_REPLY_SPORT, ports.source());
            writer.put(FLOW_REPLY_DPORT, ports.destination());
        }
        writer.put(FLOW_REPLY_COMMUNITY_ID, communityId.of(tuple));
    }

    private void putOwner(Owner owner) {
        if (owner.process() != null) {
            putProcess(owner.process());
        } else if (owner.uid() != ProcessInfo.UNKNOWN_ID) {
            writer.put(PID_UID, owner.uid());
        }
        if (owner.cgroup() != null) {
            putControlGroup(owner.cgroup());
        }
        put(PID_INVOCATION_ID, owner.identity().invocation());
        put(PID_USER, owner.identity().user().get());
        put(PID_EXE_SHA256, owner.identity().exeDigest().get());
        if (owner.source() != null) {
            writer.put(PID_SOURCE, owner.source().text());
        }
        if (owner.reason() != null) {
            writer.put(PID_REASON, owner.reason().text());
        }
    }

    private void putProcess(ProcessInfo process) {
        writer.put(PID, process.pid());
        writer.put(PID_START, process.start());
        writer.put(PID_UID, process.uid());
        writer.put(PID_GID, process.gid());
        if (process.loginUid() != ProcessInfo.UNKNOWN_ID) {
            writer.put(PID_LOGINUID, process.loginUid());
        }
        put(PID_COMM, process.comm());
        put(PID_EXE, process.exe());
        put(PID_CMDLINE, process.commandLine());
        if (process.parent() != 0) {
            writer.put(PID_PPID, process.parent());
        }
        put(PID_ANCESTRY, process.ancestry());
    }

    private void putControlGroup(ControlGroup group) {
        writer.put(PID_CGROUP, RawText.of(group.path()));
        put(PID_SERVICE, group.service());
        put(PID_UNIT, group.unit());
        put(PID_USER_UNIT, group.userUnit());
        put(PID_SLICE, group.slice());
        put(PID_SESSION, group.session());
        if (group.ownerUid() >= 0) {
            writer.put(PID_OWNER_UID, group.ownerUid());
        }
        put(PID_CONTAINER, group.container());
        put(PID_MACHINE, group.machine());
    }

    private void putPeer(Owner peer) {
        ProcessInfo process = peer.process();
        if (process != null) {
            writer.put(PEER_PID, process.pid());
            put(PEER_COMM, process.comm());
            put(PEER_EXE, process.exe());
            put(PEER_CMDLINE, process.commandLine());
        }
        if (peer.uid() != ProcessInfo.UNKNOWN_ID) {
            writer.put(PEER_UID, peer.uid());
        }
        if (peer.cgroup() != null) {
            put(PEER_SERVICE, peer.cgroup().service());
        }
    }

    private void put(JournalField field, IpAddress address) {
        text.setLength(0);
        address.appendTo(text);
        writer.put(field, text);
    }

    private void put(JournalField field, RawText value) {
        if (value != null && !value.isEmpty()) {
            writer.put(field, value);
        }
    }

    private void put(JournalField field, String value) {
        if (value != null) {
            writer.put(field, RawText.of(value));
        }
    }
}
