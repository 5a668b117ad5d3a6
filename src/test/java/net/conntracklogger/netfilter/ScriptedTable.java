// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.function.LongPredicate;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;

/** A conntrack table of a scripted kernel, and events of its flows. All have the tuple that a kernel once sent. */
public final class ScriptedTable {
    private static final RecordedMessage RECORDED = RecordedMessage.named("udp4.txt");
    private static final FlowEvent RECORDED_EVENT = RECORDED.expected(0);
    private static final int NLM_F_MULTI = 2;
    /** CTA_TIMESTAMP, which holds CTA_TIMESTAMP_START. */
    private static final int NESTED_TIMESTAMP = 0x8000 | 20;

    private static final String START_HEADER = "0c000100";
    private static final String ID_HEADER = "08000c00";

    private ScriptedTable() {}

    /** Requests the table from a scripted kernel. */
    public static ConntrackTable of(FakeNetlink kernel, LongPredicate wanted) throws LinuxException {
        return new ConntrackTable(kernel, wanted);
    }

    /** A flow as the table has it, without the time at which it began. */
    public static FakeMessage flow(int id) {
        byte[] message = RECORDED.bytes();
        int at = HexFormat.of().formatHex(message).indexOf(ID_HEADER) / 2 + 4;
        ByteBuffer.wrap(message).putInt(at, id);
        return FakeMessage.recorded(message).flags(NLM_F_MULTI);
    }

    /** A flow as the table has it. */
    public static FakeMessage flow(int id, long began) {
        String start = START_HEADER + HexFormat.of().toHexDigits(began * 1000);
        return flow(id).attribute(NESTED_TIMESTAMP, HexFormat.of().parseHex(start));
    }

    /** An event of a flow. */
    public static FlowEvent event(FlowEvent.Kind kind, int id, long time) {
        return new FlowEvent(
                kind, id, RECORDED_EVENT.original(), RECORDED_EVENT.reply(), 0, 0, false, time, null, null);
    }
}
