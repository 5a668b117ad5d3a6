// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.listeners;

import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_DESCRIPTOR;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_INODE;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_OWNER;
import static net.conntracklogger.attribution.records.RecordLayout.HOLDER_SOCKET;

import java.nio.ByteBuffer;
import java.util.Objects;
import net.conntracklogger.attribution.holders.Holder;
import net.conntracklogger.attribution.records.OwnerRecord;
import net.conntracklogger.attribution.records.RecordDecoder;
import net.conntracklogger.flow.ControlGroup;

/**
 * A {@code struct socket_holder}: one descriptor of a socket.
 *
 * @param at offset of the struct in the bytes that it was read from
 * @param start start time of the process, nanoseconds of CLOCK_BOOTTIME
 * @param startTicks start time of the process, clock ticks since boot
 * @param image number of programs that the process and its ancestors have run
 * @param socket cookie of the socket
 * @param inode of the socket, as in the links of {@code /proc/PID/fd}
 */
record SocketHolder(
        int at,
        int pid,
        long start,
        long startTicks,
        int image,
        ControlGroup group,
        long uid,
        long socket,
        int descriptor,
        long inode)
        implements Holder {

    /** Reads the struct at an offset. */
    static SocketHolder read(ByteBuffer bytes, int at, RecordDecoder decoder) {
        OwnerRecord owner = new OwnerRecord(bytes, at + HOLDER_OWNER);
        return new SocketHolder(
                at,
                owner.pid(),
                owner.start(),
                owner.startTicks(),
                owner.imageNumber(),
                decoder.group(owner),
                owner.uid(),
                bytes.getLong(at + HOLDER_SOCKET),
                bytes.getInt(at + HOLDER_DESCRIPTOR),
                bytes.getLong(at + HOLDER_INODE));
    }

    /** Reports whether the process is the same, with the same program and cgroup. */
    boolean isSameImage(SocketHolder other) {
        return pid == other.pid
                && startTicks == other.startTicks
                && image == other.image
                && Objects.equals(group, other.group);
    }
}
