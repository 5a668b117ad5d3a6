// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive;

import static net.conntracklogger.entry.JournalField.*;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.stream.IntStream;
import net.conntracklogger.entry.JournalField;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.history.query.FlowRow;

/** Computes the Community IDs of rows from their tuples. Not thread-safe. */
public final class ComputedIds {
    private static final int MAX_PROTOCOL = 255;
    private static final int HASH_LENGTH = 20;

    private final CommunityId ids = new CommunityId();

    /** Returns a row's FLOW_COMMUNITY_ID or FLOW_REPLY_COMMUNITY_ID. Returns null if a value of the tuple is absent. */
    public String of(FlowRow row, JournalField field) {
        FlowTuple tuple = field == FLOW_COMMUNITY_ID
                ? tuple(row, FLOW_SRC, FLOW_SPORT, FLOW_DST, FLOW_DPORT)
                : tuple(row, FLOW_REPLY_SRC, FLOW_REPLY_SPORT, FLOW_REPLY_DST, FLOW_REPLY_DPORT);
        return tuple == null ? null : ids.of(tuple);
    }

    private static FlowTuple tuple(
            FlowRow row, JournalField source, JournalField from, JournalField destination, JournalField to) {
        IpAddress first = address(row.get(source));
        IpAddress second = address(row.get(destination));
        int protocol = protocol(row.get(FLOW_PROTO));
        boolean halfPorted = (row.get(from) == null) != (row.get(to) == null);
        if (first == null || second == null || first.v6() != second.v6() || protocol < 0 || halfPorted) {
            return null;
        }
        return new FlowTuple(first, second, Protocol.of(protocol), layer4(row, from, to));
    }

    private static Layer4 layer4(FlowRow row, JournalField from, JournalField to) {
        if (row.get(from) != null && row.get(to) != null) {
            return new Layer4.Ports((int) row.number(from, 0), (int) row.number(to, 0));
        }
        if (row.get(FLOW_ICMP_TYPE) != null) {
            return new Layer4.Icmp((int) row.number(FLOW_ICMP_TYPE, 0), (int) row.number(FLOW_ICMP_CODE, 0), (int)
                    row.number(FLOW_ICMP_ID, 0));
        }
        return Layer4.None.NONE;
    }

    private static IpAddress address(String text) {
        return text == null ? null : AddressText.parse(text);
    }

    private static int protocol(String text) {
        return IntStream.rangeClosed(0, MAX_PROTOCOL)
                .filter(number -> Protocol.of(number).text().equals(text))
                .findFirst()
                .orElse(-1);
    }

    /** Returns the first 8 bytes of an id's hash; null if there is none. The text is then no id. */
    public static Long prefix(String id) {
        if (!id.startsWith("1:")) {
            return null;
        }
        try {
            byte[] hash = Base64.getDecoder().decode(id.substring(2));
            return hash.length == HASH_LENGTH ? ByteBuffer.wrap(hash).getLong() : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
