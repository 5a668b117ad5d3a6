// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.UnixDatagramSocket;

/**
 * Sends notifications to systemd (sd_notify(3)). Sends nothing if {@code NOTIFY_SOCKET} is not set. Not thread-safe.
 */
public final class ServiceManager implements Closeable {
    private static final long MICROS_PER_MILLI = 1000;
    private static final long NANOS_PER_MICRO = 1000;

    private static final int NO_DESCRIPTOR = -1;

    /** Null if nothing is sent. */
    private final UnixDatagramSocket socket;

    private final String address;
    private final long watchdogMillis;

    private ServiceManager(UnixDatagramSocket socket, String address, long watchdogMillis) {
        this.socket = socket;
        this.address = address;
        this.watchdogMillis = watchdogMillis;
    }

    /**
     * Reads {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID}.
     *
     * @throws IOException if no socket can be opened
     */
    public static ServiceManager fromEnvironment(Map<String, String> environment) throws IOException {
        String address = environment.get("NOTIFY_SOCKET");
        return address == null
                ? new ServiceManager(null, null, 0)
                : new ServiceManager(UnixDatagramSocket.open(address), address, watchdogMillis(environment));
    }

    private static long watchdogMillis(Map<String, String> environment) {
        String pid = environment.get("WATCHDOG_PID");
        boolean mine =
                pid == null || pid.equals(Long.toString(ProcessHandle.current().pid()));
        return mine ? Long.parseLong(environment.getOrDefault("WATCHDOG_USEC", "0")) / MICROS_PER_MILLI : 0;
    }

    /** Returns the milliseconds within which systemd expects {@link #alive}; 0 if it does not. */
    public long watchdogMillis() {
        return watchdogMillis;
    }

    /** Notifies systemd that the service is ready, with the line that {@code systemctl status} shows. */
    public void ready(String status) throws IOException {
        send("READY=1\nSTATUS=" + status);
    }

    /**
     * Notifies systemd that the service begins to reload its configuration; {@link #ready} ends it. Since version 253
     * systemd requires the time, CLOCK_MONOTONIC in microseconds, which {@link System#nanoTime} yields on Linux.
     */
    public void reloading() throws IOException {
        send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / NANOS_PER_MICRO);
    }

    /** Changes the line that {@code systemctl status} shows. */
    public void status(String status) throws IOException {
        send("STATUS=" + status);
    }

    /** Notifies the watchdog that the service works. */
    public void alive() throws IOException {
        send("WATCHDOG=1");
    }

    /** Notifies systemd that the service stops. */
    public void stopping() throws IOException {
        send("STOPPING=1");
    }

    /**
     * Has systemd keep a duplicate of a descriptor, which the next process of the service gets ({@link KeptDescriptors}).
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
        send("FDSTOREREMOVE=1\nFDNAME=" + name);
    }

    private void send(String message) throws IOException {
        send(message, NO_DESCRIPTOR);
    }

    private void send(String message, int fd) throws IOException {
        if (socket == null) {
            return;
        }
        try {
            socket.send(message, fd);
        } catch (LinuxException e) {
            String state = message.lines().findFirst().orElseThrow();
            throw new IOException(
                    "cannot send %s to systemd at NOTIFY_SOCKET=%s: %s"
                            .formatted(state, address, LibC.strerror(e.errno())),
                    e);
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
