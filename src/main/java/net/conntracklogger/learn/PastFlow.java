// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.learn;

import static net.conntracklogger.entry.JournalField.*;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.DestinationName;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Identity;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.Passage;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.history.query.FlowRow;
import net.conntracklogger.process.UnitPath;

/** Makes of a row the flow that it was made of. The flow has what rules need. */
final class PastFlow {
    private final FlowRow row;

    private PastFlow(FlowRow row) {
        this.row = row;
    }

    /** Returns the flow; empty if the row lacks an address or the protocol. */
    static Optional<AttributedFlow> of(FlowRow row) {
        return new PastFlow(row).flow();
    }

    private Optional<AttributedFlow> flow() {
        Optional<Protocol> protocol = Protocol.parse(text(FLOW_PROTO));
        IpAddress destination = AddressText.parse(text(FLOW_DST));
        IpAddress source = source(destination);
        if (protocol.isEmpty() || source == null || destination == null) {
            return Optional.empty();
        }
        FlowTuple original = new FlowTuple(source, destination, protocol.get(), layer4(FLOW_SPORT, FLOW_DPORT));
        FlowEvent event = new FlowEvent(kind(), 0, original, reply(original), 0, 0, false, row.begin(), null, null);
        List<DestinationName> names = row.all(FLOW_DNAME).stream()
                .map(name -> new DestinationName(raw(name), row.begin()))
                .toList();
        return Optional.of(new AttributedFlow(event, direction(), owner(), peer(), names, Passage.UNKNOWN));
    }

    /** Returns the source. It is unspecified if a refused attempt has none. */
    private IpAddress source(IpAddress destination) {
        boolean none = row.isRefused() && row.get(FLOW_SRC) == null && destination != null;
        return none ? new IpAddress(destination.v6(), 0, 0) : AddressText.parse(text(FLOW_SRC));
    }

    private String text(JournalField field) {
        String value = row.get(field);
        return value == null ? "" : value;
    }

    private FlowEvent.Kind kind() {
        return row.isRefused() ? FlowEvent.Kind.REFUSED : FlowEvent.Kind.NEW;
    }

    private Layer4 layer4(JournalField source, JournalField destination) {
        return row.get(destination) == null
                ? new Layer4.Icmp(0, 0, 0)
                : new Layer4.Ports((int) row.number(source, 0), (int) row.number(destination, 0));
    }

    private FlowTuple reply(FlowTuple original) {
        IpAddress source = AddressText.parse(text(FLOW_REPLY_SRC));
        IpAddress destination = AddressText.parse(text(FLOW_REPLY_DST));
        return source == null || destination == null
                ? original.reversed()
                : new FlowTuple(source, destination, original.protocol(), layer4(FLOW_REPLY_SPORT, FLOW_REPLY_DPORT));
    }

    private Direction direction() {
        return Arrays.stream(Direction.values())
                .filter(it -> it.text().equals(row.get(FLOW_DIRECTION)))
                .findFirst()
                .orElse(null);
    }

    private Owner owner() {
        ControlGroup cgroup = row.get(PID_CGROUP) == null ? null : UnitPath.parse(row.get(PID_CGROUP));
        OwnerSource source = row.get(PID_SOURCE) == null ? null : OwnerSource.BPF;
        long uid = row.number(PID_UID, ProcessInfo.UNKNOWN_ID);
        if (row.get(PID) == null) {
            return new Owner(source, null, uid, cgroup, reason(), Identity.UNKNOWN);
        }
        RawText exe = row.get(PID_EXE) == null ? null : raw(row.get(PID_EXE));
        ProcessInfo process = new ProcessInfo(
                (int) row.number(PID, 0),
                0,
                uid,
                ProcessInfo.UNKNOWN_ID,
                ProcessInfo.UNKNOWN_ID,
                raw(text(PID_COMM)),
                exe,
                null,
                0,
                ProcessInfo.UNKNOWN_ID,
                null);
        return new Owner(source, process, uid, cgroup, null, Identity.UNKNOWN);
    }

    private Unattributed reason() {
        return Arrays.stream(Unattributed.values())
                .filter(it -> it.text().equals(row.get(PID_REASON)))
                .findFirst()
                .orElse(Unattributed.LOOKUP_FAILED);
    }

    /** Returns the peer by its innermost unit, all that a row has. */
    private Owner peer() {
        String unit = row.get(PEER_SERVICE);
        if (unit == null) {
            return null;
        }
        ControlGroup cgroup = new ControlGroup("/" + unit, unit, null, null, null, -1, null, null);
        return Owner.ofSocket(OwnerSource.BPF, ProcessInfo.UNKNOWN_ID, cgroup, Unattributed.LOOKUP_FAILED);
    }

    /** Returns the bytes of a value. In it, {@code \xNN} and two backslashes stand for one byte. */
    private static RawText raw(String value) {
        byte[] escaped = value.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < escaped.length; i++) {
            if (escaped[i] != '\\' || i + 1 == escaped.length) {
                bytes.write(escaped[i]);
            } else if (escaped[i + 1] == 'x' && i + 3 < escaped.length) {
                bytes.write(Character.digit(escaped[i + 2], 16) << 4 | Character.digit(escaped[i + 3], 16));
                i += 3;
            } else {
                bytes.write(escaped[++i]);
            }
        }
        return RawText.copyOf(bytes.toByteArray(), 0, bytes.size());
    }
}
