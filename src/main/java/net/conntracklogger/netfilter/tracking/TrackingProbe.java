// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter.tracking;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileDescriptor;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Sends a datagram from a socket on the loopback address to itself. The datagram is a new flow, which conntrack reports
 * if tracking is enabled. No kernel interface reports in every container whether a rule uses conntrack; a packet shows
 * it. Works also if the service manager forbids all traffic (IPAddressDeny=), because that filter runs after conntrack.
 */
public final class TrackingProbe {
    /** struct sockaddr_in {u16 family; be16 port; be32 addr; u8 zero[8]} */
    private static final int SOCKADDR_LENGTH = 16;

    private static final byte[] LOOPBACK = {127, 0, 0, 1};

    private TrackingProbe() {}

    /** Checks that the datagram could be sent: a unit can forbid Internet sockets (RestrictAddressFamilies=). */
    public static void checkPermitted() throws LinuxException {
        open().close();
    }

    /** Reports whether the datagram could be sent. */
    public static boolean isPermitted() {
        try {
            checkPermitted();
            return true;
        } catch (LinuxException e) {
            return false;
        }
    }

    private static FileDescriptor open() throws LinuxException {
        return FileDescriptor.of(
                LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0),
                "open",
                "UDP socket, by which Tracking=external tests whether flows are tracked",
                "needs AF_INET, which \"systemctl daemon-reload\" grants the service for Tracking=external");
    }

    /** Sends the datagram; whether it arrives does not matter. */
    public static void send() throws LinuxException {
        try (FileDescriptor socket = open();
                NativeBuffer address = new NativeBuffer(SOCKADDR_LENGTH + Integer.BYTES)) {
            ByteBuffer bytes = address.bytes();
            bytes.putShort(0, (short) LibC.AF_INET).put(4, LOOPBACK).putInt(SOCKADDR_LENGTH, SOCKADDR_LENGTH);
            if (LibC.bind(socket.number(), address.pointer(), SOCKADDR_LENGTH) < 0
                    || LibC.getsockname(
                                    socket.number(),
                                    address.pointer(),
                                    address.pointer().share(SOCKADDR_LENGTH))
                            < 0
                    || LibC.connect(socket.number(), address.pointer(), SOCKADDR_LENGTH) < 0
                    || LibC.send(socket.number(), address.pointer(), 1, 0) < 0
                            && Native.getLastError() != Errno.EPERM) {
                throw LinuxException.last("send", "a datagram on loopback", "");
            }
        }
    }
}
