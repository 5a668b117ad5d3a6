// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Turns the start time of a process, which the kernel counts from boot, into microseconds since the epoch.
 *
 * <p>The epoch time of boot moves whenever the clock is set, yet a process must be named the same for ever. So the first
 * to ask after a boot notes it in a file that the next boot does not see, and all later ones take it from there.
 */
public final class BootClock {
    /** {@code USER_HZ}: what /proc counts in, 100 on every architecture of today. */
    private static final long TICKS_PER_SECOND = 100;

    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final long boot;

    private BootClock(long boot) {
        this.boot = boot;
    }

    /**
     * Reads when the kernel booted.
     *
     * @param proc root of procfs
     * @param note file to note it in, on a file system that a reboot empties; null to note it nowhere
     */
    public static BootClock of(Path proc, Path note) throws IOException {
        if (note == null) {
            return new BootClock(kernelBoot(proc));
        }
        try {
            return new BootClock(Long.parseLong(Files.readString(note).strip()));
        } catch (NoSuchFileException e) {
            long boot = kernelBoot(proc);
            Files.writeString(note, boot + "\n");
            return new BootClock(boot);
        } catch (NumberFormatException | CharacterCodingException e) {
            throw new IOException("the boot time noted in " + note + " is no number; remove that file", e);
        }
    }

    /** The {@code btime} line of /proc/stat, seconds since the epoch. */
    private static long kernelBoot(Path proc) throws IOException {
        String file = proc.resolve("stat").toString();
        try (FileReader reader = new FileReader()) {
            int length = reader.read(file);
            if (length < 0) {
                throw new LinuxException("read", file, -length, "");
            }
            ByteBuffer content = reader.content();
            byte[] text = new byte[length];
            content.get(0, text);
            for (String line : new String(text, StandardCharsets.US_ASCII).split("\n")) {
                if (line.startsWith("btime ")) {
                    return Long.parseLong(line.substring("btime ".length())) * MICROS_PER_SECOND;
                }
            }
            throw new LinuxException("find btime in", file, Errno.EINVAL, "");
        }
    }

    /**
     * The {@link System#nanoTime()}, which is CLOCK_MONOTONIC, of a moment given in nanoseconds since boot, in which the time
     * that the machine was suspended counts. Never too early, and too late by as long as a call takes.
     */
    static long nanoTime(long sinceBoot) throws LinuxException {
        try (NativeBuffer time = new NativeBuffer(2 * Long.BYTES)) { // struct timespec {time_t tv_sec; long tv_nsec}
            if (LibC.clock_gettime(LibC.CLOCK_BOOTTIME, time.pointer()) < 0) {
                throw LinuxException.last("read clock", "CLOCK_BOOTTIME", "");
            }
            long now = time.bytes().getLong(0) * NANOS_PER_SECOND + time.bytes().getLong(Long.BYTES);
            return sinceBoot - now + System.nanoTime();
        }
    }

    /** The same, of the end of the clock tick in which a process started. */
    static long nanoTimeOfStart(long ticks) throws LinuxException {
        return nanoTime((ticks + 1) * (NANOS_PER_SECOND / TICKS_PER_SECOND));
    }

    /** The epoch time, in microseconds, of a moment given in clock ticks since boot. */
    long epochMicros(long ticks) {
        return boot + ticks * (MICROS_PER_SECOND / TICKS_PER_SECOND);
    }
}
