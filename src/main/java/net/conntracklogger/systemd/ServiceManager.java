// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.systemd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;
import jnr.unixsocket.UnixSocketOptions;

/**
 * Sends notifications to systemd (sd_notify(3)). Sends nothing if {@code NOTIFY_SOCKET} is not set. Not thread-safe.
 */
public final class ServiceManager implements Closeable {
    private static final long MICROS_PER_MILLI = 1000;
    private static final long NANOS_PER_MICRO = 1000;
    /** Maximum wait for systemd to read. The service checks itself once a second, and the watchdog ends it if it does not. */
    private static final int PATIENCE_MILLIS = 1000;

    private final UnixDatagramChannel channel;
    private final UnixSocketAddress address;
    private final long watchdogMillis;

    private ServiceManager(UnixDatagramChannel channel, UnixSocketAddress address, long watchdogMillis) {
        this.channel = channel;
        this.address = address;
        this.watchdogMillis = watchdogMillis;
    }

    /**
     * Reads {@code NOTIFY_SOCKET}, {@code WATCHDOG_USEC} and {@code WATCHDOG_PID}.
     *
     * @throws IOException if no socket can be opened
     */
    public static ServiceManager fromEnvironment(Map<String, String> environment) throws IOException {
        String socket = environment.get("NOTIFY_SOCKET");
        if (socket == null) {
            return new ServiceManager(null, null, 0);
        }
        // An abstract address begins with NUL (unix(7)), written as "@".
        String address = socket.startsWith("@") ? "\0" + socket.substring(1) : socket;
        UnixDatagramChannel channel = UnixDatagramChannel.open();
        channel.setOption(UnixSocketOptions.SO_SNDTIMEO, PATIENCE_MILLIS);
        return new ServiceManager(channel, new UnixSocketAddress(address), watchdogMillis(environment));
    }

    /**
     * Opens the socket as {@link #fromEnvironment} does, and notifies systemd that the service starts.
     *
     * @throws IOException if no socket can be opened, or systemd does not take the notification
     */
    public static ServiceManager starting(Map<String, String> environment) throws IOException {
        ServiceManager systemd = fromEnvironment(environment);
        try {
            systemd.status("starting");
            return systemd;
        } catch (IOException | RuntimeException | Error e) {
            systemd.close();
            throw e;
        }
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

    private void send(String message) throws IOException {
        if (channel == null) {
            return;
        }
        try {
            channel.send(ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8)), address);
        } catch (IOException e) {
            throw failure(message, address.path().replace('\0', '@'), e.getMessage(), e);
        }
    }

    /** Returns an error that names what could not be sent. */
    static IOException failure(String message, String address, String reason, IOException cause) {
        String state = message.lines().findFirst().orElseThrow();
        return new IOException(
                "cannot send %s to systemd at NOTIFY_SOCKET=%s: %s".formatted(state, address, reason), cause);
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
        }
    }
}
