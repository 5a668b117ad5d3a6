// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongSupplier;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.FileReader;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.NativeBuffer;

/**
 * Converts a process's start time to microseconds since the epoch. The kernel counts the start time from boot.
 *
 * <p>The epoch time of boot is CLOCK_REALTIME minus CLOCK_BOOTTIME. It changes when the clock is set, but the start time of a
 * process must stay the same. So the service stores it when it runs for the first time after a boot, in a file that is gone
 * after the next one. Until it is stored, all readers agree unless the clock is set, because it is rounded down to the clock
 * tick.
 */
public final class BootClock {
    /** {@code USER_HZ} of {@code asm-generic/param.h}: /proc counts 100 ticks a second. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final long NANOS_PER_TICK = 1000 * MICROS_PER_TICK;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** Readings, of which the quickest counts: a thread may lose its CPU between two clocks. */
    private static final int READINGS = 100;

    private final long boot;
    private final BootOffsets offsets;

    /** Takes the boot time in microseconds since the epoch. */
    public BootClock(long boot) {
        this(boot, BootClock::sinceBoot, System::nanoTime);
    }

    /** The same with other clocks than CLOCK_BOOTTIME and CLOCK_MONOTONIC, in nanoseconds. */
    BootClock(long boot, LongSupplier bootTime, LongSupplier monotonicTime) {
        this.boot = boot;
        offsets = new BootOffsets(bootTime, monotonicTime);
    }

    /**
     * Reads the stored boot time, or finds it out if none is stored.
     *
     * @param file where the boot time is stored, on a file system that a reboot empties
     * @param stores whether to store it if it is not
     * @throws IOException if the file cannot be read or written, or holds no number
     */
    public static BootClock of(Path file, boolean stores) throws IOException {
        String stored = read(file);
        if (stored != null) {
            try {
                return new BootClock(Long.parseLong(stored.strip()));
            } catch (NumberFormatException e) {
                throw new IOException("cannot read boot time " + file + ": not a number; remove the file", e);
            }
        }
        long boot = kernelBoot();
        if (stores) {
            // Readers never see half of it.
            Path whole = Files.writeString(file.resolveSibling(file.getFileName() + ".new"), boot + "\n");
            Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
        }
        return new BootClock(boot);
    }

    /** Returns the contents, or null if there is no such file. */
    private static String read(Path file) throws LinuxException {
        try (FileReader reader = new FileReader()) {
            int length = reader.read(file.toString());
            if (length == -Errno.ENOENT) {
                return null;
            }
            if (length < 0) {
                throw new LinuxException("read", file.toString(), -length, "");
            }
            return new String(reader.bytes(length), StandardCharsets.US_ASCII);
        }
    }

    /** Returns the boot time in microseconds since the epoch, rounded down to the clock tick. */
    private static long kernelBoot() throws LinuxException {
        try (NativeBuffer time = new NativeBuffer(2 * Long.BYTES)) {
            long boot = 0;
            long narrowest = Long.MAX_VALUE;
            for (int i = 0; i < READINGS; i++) {
                long before = nanos(LibC.CLOCK_REALTIME, "CLOCK_REALTIME", time);
                long sinceBoot = nanos(LibC.CLOCK_BOOTTIME, "CLOCK_BOOTTIME", time);
                long width = nanos(LibC.CLOCK_REALTIME, "CLOCK_REALTIME", time) - before;
                // Negative if the clock was set back meanwhile.
                if (width >= 0 && width < narrowest) {
                    narrowest = width;
                    boot = before - sinceBoot;
                }
            }
            return Math.floorDiv(boot, NANOS_PER_TICK) * MICROS_PER_TICK;
        }
    }

    /** Reads a clock into a {@code struct timespec {time_t tv_sec; long tv_nsec}}. */
    private static long nanos(int clock, String name, NativeBuffer time) throws LinuxException {
        if (LibC.clock_gettime(clock, time.pointer()) < 0) {
            throw LinuxException.last("read clock", name, "");
        }
        return time.bytes().getLong(0) * NANOS_PER_SECOND + time.bytes().getLong(Long.BYTES);
    }

    private static long sinceBoot() {
        try (NativeBuffer time = new NativeBuffer(2 * Long.BYTES)) {
            return nanos(LibC.CLOCK_BOOTTIME, "CLOCK_BOOTTIME", time);
        } catch (LinuxException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the {@link System#nanoTime()}, which is CLOCK_MONOTONIC, of a time of CLOCK_BOOTTIME in nanoseconds. The result
     * is never too early: a suspend that this clock cannot date makes it later, up to when the suspend was noticed.
     */
    public long nanoTime(long sinceBoot) {
        return offsets.monotonic(sinceBoot);
    }

    /**
     * Returns the {@link System#nanoTime()} at the end of a process's first clock tick. The process started in this
     * tick, so the time is never too early.
     *
     * @param ticks as in {@code /proc/PID/stat}, 100 a second
     */
    public long nanoTimeOfStart(long ticks) {
        return nanoTime((ticks + 1) * NANOS_PER_TICK);
    }

    /**
     * Converts clock ticks since boot to microseconds since the epoch. The result is never late, and at most two ticks
     * early.
     */
    public long epochMicros(long ticks) {
        return boot + ticks * MICROS_PER_TICK;
    }
}
