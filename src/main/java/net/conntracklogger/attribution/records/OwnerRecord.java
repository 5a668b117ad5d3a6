// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.records;

import static net.conntracklogger.attribution.records.RecordLayout.*;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.RawText;
import net.conntracklogger.process.ImageId;

/**
 * A {@code struct owner} in place. Valid as long as the bytes are.
 *
 * @param bytes in host byte order
 * @param at offset of the struct
 */
public record OwnerRecord(ByteBuffer bytes, int at) {
    private static final long NANOS_PER_TICK = 10_000_000;

    /**
     * Returns the process id; 0 if the service cannot see the process. The id is that of the service's pid namespace.
     */
    public int pid() {
        return bytes.getInt(at + OWNER_PID);
    }

    /** Returns the start time of the process, nanoseconds of CLOCK_BOOTTIME. */
    public long start() {
        return bytes.getLong(at + OWNER_START);
    }

    /** Returns the start time of the process, clock ticks since boot, as in {@code /proc/PID/stat}. */
    public long startTicks() {
        return start() / NANOS_PER_TICK;
    }

    /** Returns the number of programs that the process and its ancestors have run. It changes with each exec. */
    public int imageNumber() {
        return bytes.getInt(at + OWNER_IMAGE);
    }

    /** Returns the image. Its command line and parent are those at the beginning of the flow. */
    ImageId image() {
        return image(bytes.getInt(at + OWNER_VERSION));
    }

    /** Returns the image with another version of its command line. */
    ImageId image(int version) {
        return new ImageId(start(), bytes.getInt(at + OWNER_TGID), imageNumber(), version);
    }

    /** Returns the real user id, in the initial user namespace. */
    public long uid() {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_UID));
    }

    /** Returns the real group id, in the initial user namespace. */
    long gid() {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_GID));
    }

    /** Returns the effective user id, in the initial user namespace. */
    long euid() {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_EUID));
    }

    /** Returns the login uid (audit); 4294967295 if unset. */
    long loginUid() {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_LOGINUID));
    }

    long cgroupId() {
        return bytes.getLong(at + OWNER_CGROUP);
    }

    /** Returns the cookie of the network namespace of the socket. */
    public long netnsCookie() {
        return bytes.getLong(at + OWNER_NETNS_COOKIE);
    }

    /** Returns the inode of the socket's network namespace. Returns 0 if the process has left that namespace. */
    long netns() {
        return Integer.toUnsignedLong(bytes.getInt(at + OWNER_NETNS));
    }

    RawText comm() {
        byte[] comm = ProcessImages.name(bytes, at + OWNER_COMM, COMM_SIZE);
        return RawText.copyOf(comm, 0, comm.length);
    }

    /** Reports whether any of these flags of {@code enum owner_flags} is set. */
    public boolean has(int flags) {
        return (bytes.getInt(at + OWNER_FLAGS) & flags) != 0;
    }
}
