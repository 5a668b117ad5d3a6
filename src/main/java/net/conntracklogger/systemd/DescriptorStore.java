// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.UnixDatagramSocket;

/**
 * The descriptors that systemd keeps for the next process of the service (sd_notify(3), {@code FDSTORE=1}). Sends nothing if
 * {@code NOTIFY_SOCKET} is not set. A socket of its own, because that of {@link ServiceManager} cannot pass descriptors. Not
 * thread-safe.
 */
public final class DescriptorStore implements Closeable {
    private static final int NO_DESCRIPTOR = -1;

    /** Null if nothing is sent. */
    private final UnixDatagramSocket socket;

    private final String address;

    private DescriptorStore(UnixDatagramSocket socket, String address) {
        this.socket = socket;
        this.address = address;
    }

    /**
     * Reads {@code NOTIFY_SOCKET}.
     *
     * @throws IOException if no socket can be opened
     */
    public static DescriptorStore fromEnvironment(Map<String, String> environment) throws IOException {
        String address = environment.get("NOTIFY_SOCKET");
        return new DescriptorStore(address == null ? null : UnixDatagramSocket.open(address), address);
    }

    /**
     * Has systemd keep a duplicate of a descriptor. The next process of the service gets it ({@link KeptDescriptors}).
     * systemd drops it when the service is stopped. If systemd has the descriptor already, nothing changes.
     *
     * @param name without a colon
     */
    public void keep(String name, int fd) throws IOException {
        // systemd would drop a descriptor with an error, such as a netlink socket after an overrun.
        send("FDSTORE=1\nFDPOLL=0\nFDNAME=" + name, fd);
    }

    /** Has systemd drop the descriptors that it keeps under a name. */
    public void drop(String name) throws IOException {
        send("FDSTOREREMOVE=1\nFDNAME=" + name, NO_DESCRIPTOR);
    }

    private void send(String message, int fd) throws IOException {
        if (socket == null) {
            return;
        }
        try {
            socket.send(message, fd);
        } catch (LinuxException e) {
            throw ServiceManager.failure(message, address, LibC.strerror(e.errno()), e);
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
