// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history;

import static net.conntracklogger.entry.JournalField.*;

import java.util.Iterator;
import java.util.Random;
import net.conntracklogger.entry.MessageId;
import net.conntracklogger.flow.CommunityId;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.history.query.FlowRow;

/**
 * Flows of one host as its service logs them: 60 units, 20,000 destinations with names, a tenth inbound, a twentieth NATed, two
 * thirds by processes that live for one flow. The same arguments give the same flows. Not thread-safe.
 */
public final class GeneratedFlows implements Iterator<FlowRow> {
    /** The boot's id in entries, and the first eight bytes of it as libsystemd returns them. */
    static final String BOOT = "0123456789abcdef0123456789abcdef";

    private static final int UNITS = 60;
    private static final int DESTINATIONS = 20_000;
    private static final long BOOTED_MICROS = 86_400_000_000L;

    private final Random random;
    private final CommunityId ids = new CommunityId();
    private final long step;
    private final long first;
    private final long count;
    private long made;

    /**
     * Makes flows.
     *
     * @param count number of flows
     * @param first when the first begins, microseconds since the epoch
     * @param perSecond their rate
     */
    public GeneratedFlows(long count, long first, double perSecond) {
        this.count = count;
        this.first = first;
        this.step = (long) (1_000_000 / perSecond);
        this.random = new Random(count * 31 + first);
    }

    @Override
    public boolean hasNext() {
        return made < count;
    }

    @Override
    public FlowRow next() {
        long begin = first + made * step + random.nextLong(step);
        long time = begin + 2_000 + random.nextLong(120_000);
        FlowRow row = new FlowRow(time, time - first + BOOTED_MICROS, Long.reverseBytes(0x0123456789abcdefL));
        row.add(MESSAGE_ID, MessageId.FLOW_NEW.text());
        row.add(PRIORITY, "6");
        row.add(SYSLOG_IDENTIFIER, "conntrack-logger");
        row.add(FLOW_EVENT, "new");
        row.add(FLOW_ID, Long.toString(Integer.toUnsignedLong(random.nextInt())));
        row.add(FLOW_TIMESTAMP, Long.toString(begin));
        int unit = skewed(UNITS);
        addTuple(row, unit);
        addProcess(row, unit, begin);
        row.add(MESSAGE, message(row));
        made++;
        return row;
    }

    private int skewed(int bound) {
        double one = random.nextDouble();
        return (int) (bound * one * one * one);
    }

    private void addTuple(FlowRow row, int unit) {
        int destination = skewed(DESTINATIONS / 10) * 10 + unit % 10;
        boolean inbound = random.nextInt(10) == 0;
        boolean translated = random.nextInt(20) == 0;
        boolean udp = destination % 5 == 0;
        IpAddress own = IpAddress.v4(0xc0a8000c);
        IpAddress other = IpAddress.v4(0x0b000000 + destination * 257);
        IpAddress source = inbound ? other : own;
        IpAddress target = inbound ? own : other;
        int port = 32_768 + random.nextInt(28_232);
        int service = udp ? 53 : destination % 7 == 0 ? 5432 : 443;
        Protocol protocol = udp ? Protocol.UDP : Protocol.TCP;
        FlowTuple tuple = new FlowTuple(source, target, protocol, new Layer4.Ports(port, service));
        row.add(FLOW_FAMILY, "ipv4");
        row.add(FLOW_PROTO, protocol.text());
        row.add(FLOW_SRC, source.toString());
        row.add(FLOW_SPORT, Integer.toString(port));
        row.add(FLOW_DST, target.toString());
        row.add(FLOW_DPORT, Integer.toString(service));
        row.add(FLOW_COMMUNITY_ID, ids.of(tuple));
        row.add(FLOW_DIRECTION, inbound ? "inbound" : "outbound");
        row.add(FLOW_INTERFACE, "eth0");
        if (translated) {
            addReply(row, new FlowTuple(target, IpAddress.v4(0xcb007101), protocol, new Layer4.Ports(service, port)));
        }
        if (!inbound && destination % 3 != 0) {
            row.add(FLOW_DNAME, "host-" + destination + ".example.org");
            if (destination % 8 == 1) {
                row.add(FLOW_DNAME, "alias-" + destination + ".example.net");
            }
        }
    }

    private void addReply(FlowRow row, FlowTuple reply) {
        row.add(FLOW_REPLY_SRC, reply.source().toString());
        row.add(FLOW_REPLY_SPORT, Integer.toString(reply.sourcePort()));
        row.add(FLOW_REPLY_DST, reply.destination().toString());
        row.add(FLOW_REPLY_DPORT, Integer.toString(reply.destinationPort()));
        row.add(FLOW_REPLY_COMMUNITY_ID, ids.of(reply));
    }

    private void addProcess(FlowRow row, int unit, long begin) {
        boolean shortLived = unit % 3 != 0;
        long pid = shortLived ? 1000 + made % 4_000_000 : 500 + unit;
        String service = unit % 10 == 4 ? "worker@" + unit + ".service" : "unit-" + unit + ".service";
        String name = "program-" + unit;
        row.add(PID, Long.toString(pid));
        row.add(
                PID_START,
                Long.toString(shortLived ? begin - 3_000 - random.nextInt(9_000) : first - unit * 1_000_003L));
        row.add(PID_UID, Integer.toString(unit % 5 == 0 ? 0 : 1000 + unit));
        row.add(PID_GID, Integer.toString(unit % 5 == 0 ? 0 : 1000 + unit));
        row.add(PID_USER, unit % 5 == 0 ? "root" : "user-" + unit);
        row.add(PID_COMM, name);
        row.add(PID_EXE, "/usr/bin/" + name);
        row.add(
                PID_CMDLINE,
                "/usr/bin/" + name + " --config /etc/" + name + ".conf"
                        + (shortLived ? " --request " + random.nextInt(50) : ""));
        row.add(PID_PPID, shortLived ? Integer.toString(500 + unit) : "1");
        row.add(
                PID_ANCESTRY,
                shortLived
                        ? name + "(" + pid + ") < sh(" + (500 + unit) + ") < systemd(1)"
                        : name + "(" + pid + ") < systemd(1)");
        row.add(PID_CGROUP, "/system.slice/" + service);
        row.add(PID_SERVICE, service);
        row.add(PID_UNIT, service);
        row.add(PID_SLICE, "system.slice");
        row.add(PID_INVOCATION_ID, "%032x".formatted(0xabcdef12345L * (unit + 1)));
        row.add(PID_SOURCE, "bpf");
    }

    private static String message(FlowRow row) {
        return row.get(FLOW_PROTO) + " " + row.get(FLOW_SRC) + ":" + row.get(FLOW_SPORT) + " > " + row.get(FLOW_DST)
                + ":"
                + row.get(FLOW_DPORT) + ", pid " + row.get(PID) + " (" + row.get(PID_COMM) + ") of "
                + row.get(PID_SERVICE) + ": " + row.get(PID_CMDLINE);
    }
}
