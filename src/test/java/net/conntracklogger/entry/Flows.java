// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import static net.conntracklogger.flow.Addresses.address;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.flow.AttributedFlow;
import net.conntracklogger.flow.CommandLines;
import net.conntracklogger.flow.ControlGroup;
import net.conntracklogger.flow.Direction;
import net.conntracklogger.flow.FlowEvent;
import net.conntracklogger.flow.FlowTuple;
import net.conntracklogger.flow.Layer4;
import net.conntracklogger.flow.Owner;
import net.conntracklogger.flow.OwnerSource;
import net.conntracklogger.flow.PrintableText;
import net.conntracklogger.flow.ProcessInfo;
import net.conntracklogger.flow.Protocol;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.flow.Unattributed;
import net.conntracklogger.process.UnitPath;

/** Flows for tests. */
public final class Flows {
    public static final long BEGAN = 1_795_451_954_640_000L;
    public static final FlowTuple HTTP = tcp("192.168.0.12", 34870, "195.24.232.208", 80);

    private Flows() {}

    public static FlowTuple tcp(String source, int sourcePort, String destination, int destinationPort) {
        Layer4 ports = new Layer4.Ports(sourcePort, destinationPort);
        return new FlowTuple(address(source), address(destination), Protocol.TCP, ports);
    }

    public static FlowTuple ping(String source, String destination, int type) {
        Layer4 echo = new Layer4.Icmp(type, 0, 48879);
        return new FlowTuple(address(source), address(destination), Protocol.ICMP, echo);
    }

    public static FlowEvent event(FlowTuple original, FlowTuple reply) {
        return new FlowEvent(FlowEvent.Kind.NEW, 4_294_967_295L, original, reply, 0, 0, false, BEGAN, null, null);
    }

    public static FlowEvent event(FlowTuple original) {
        return event(original, original.reversed());
    }

    public static AttributedFlow of(FlowEvent event, Direction direction, Owner owner) {
        return new AttributedFlow(event, direction, owner, null);
    }

    /** The flow of the example in the manual. */
    public static AttributedFlow outbound() {
        return outbound(process("curl", "curl -s http://example.org"));
    }

    /** The same flow of another process. */
    public static AttributedFlow outbound(ProcessInfo process) {
        ControlGroup group = UnitPath.parse("/system.slice/cron.service");
        return of(event(HTTP), Direction.OUTBOUND, Owner.of(OwnerSource.SOCK_DIAG, process, group));
    }

    /** The same flow without a known process. */
    public static AttributedFlow outbound(Unattributed reason) {
        return of(event(HTTP), Direction.OUTBOUND, Owner.unknown(reason));
    }

    /** A process of that name whose arguments have no spaces. */
    public static ProcessInfo process(String comm, String commandLine) {
        return process(RawText.of(comm), commandLine(commandLine.split(" ")));
    }

    public static ProcessInfo process(RawText comm, PrintableText commandLine) {
        RawText exe = RawText.of("/usr/bin/curl");
        return new ProcessInfo(28865, BEGAN - 1_000_000, 1000, 100, 1000, comm, exe, commandLine, 28860, 1001, null);
    }

    /** Arguments as PID_CMDLINE has them. */
    public static PrintableText commandLine(String... arguments) {
        return commandLine(String.join("\0", arguments).getBytes(StandardCharsets.UTF_8));
    }

    /** Arguments, separated by NULs, as PID_CMDLINE has them. */
    public static PrintableText commandLine(byte[] arguments) {
        return CommandLines.YES.quote(ByteBuffer.wrap(arguments), arguments.length, /* cut= */ false);
    }
}
