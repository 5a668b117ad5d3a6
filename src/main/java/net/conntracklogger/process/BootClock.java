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
 * Turns the start time of a process, which the kernel counts from boot, into microseconds since the epoch.
 *
 * <p>The epoch time of boot is CLOCK_REALTIME less CLOCK_BOOTTIME. It moves whenever the clock is set, yet a process must be
 * named the same for ever. So the first time after a boot that the service runs it notes it in a file that the next boot
 * does not see, and from then on it is taken from there. Before, all that find it out agree as long as nobody sets the
 * clock: it is rounded down to the clock tick.
 */
public final class BootClock {
    /** {@code USER_HZ}: what /proc counts in, 100 a second on every architecture of today. */
    private static final long MICROS_PER_TICK = 10_000;

    private static final long NANOS_PER_TICK = 1000 * MICROS_PER_TICK;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    /** Several, as a thread may lose its CPU between two clocks. */
    private static final int READINGS = 100;

    private final long boot;
    private final BootOffsets offsets;

    /** @param boot microseconds since the epoch */
    public BootClock(long boot) {
        this(boot, BootClock::sinceBoot, System::nanoTime);
    }

    /** The same with other clocks than CLOCK_BOOTTIME and CLOCK_MONOTONIC, in nanoseconds. */
    BootClock(long boot, LongSupplier bootTime, LongSupplier monotonicTime) {
        this.boot = boot;
        offsets = new BootOffsets(bootTime, monotonicTime);
    }

    /**
     * Finds out when the kernel booted.
     *
     * @param note file that it is noted in, on a file system that a reboot empties
     * @param notes whether to note it where it is not
     */
    public static BootClock of(Path note, boolean notes) throws IOException {
        String noted = read(note);
        if (noted != null) {
            try {
                return new BootClock(Long.parseLong(noted.strip()));
            } catch (NumberFormatException e) {
                throw new IOException("the boot time noted in " + note + " is no number; remove that file", e);
            }
        }
        long boot = kernelBoot();
        if (notes) {
            // At once, as others may read it.
            Path whole = Files.writeString(note.resolveSibling(note.getFileName() + ".new"), boot + "\n");
            Files.move(whole, note, StandardCopyOption.ATOMIC_MOVE);
        }
        return new BootClock(boot);
    }

    /** What is noted, null where nothing is. */
    private static String read(Path note) throws LinuxException {
        try (FileReader reader = new FileReader()) {
            int length = reader.read(note.toString());
            if (length == -Errno.ENOENT) {
                return null;
            }
            if (length < 0) {
                throw new LinuxException("read", note.toString(), -length, "");
            }
            byte[] text = new byte[length];
            reader.content().get(0, text);
            return new String(text, StandardCharsets.US_ASCII);
        }
    }

    /** Microseconds since the epoch, rounded down to the clock tick. */
    private static long kernelBoot() throws LinuxException {
        try (NativeBuffer time = new NativeBuffer(2 * Long.BYTES)) {
            long boot = 0;
            long narrowest = Long.MAX_VALUE;
            for (int i = 0; i < READINGS; i++) {
                long before = nanos(LibC.CLOCK_REALTIME, "CLOCK_REALTIME", time);
                long sinceBoot = nanos(LibC.CLOCK_BOOTTIME, "CLOCK_BOOTTIME", time);
                long width = nanos(LibC.CLOCK_REALTIME, "CLOCK_REALTIME", time) - before;
                // Negative where the clock was set back meanwhile.
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
     * Returns the {@link System#nanoTime()} at the end of the clock tick in which a process started; never too early.
     *
     * @param ticks as in {@code /proc/PID/stat}, 100 a second
     */
    public long nanoTimeOfStart(long ticks) {
        return nanoTime((ticks + 1) * NANOS_PER_TICK);
    }

    /** The epoch time, in microseconds, of a moment given in clock ticks since boot: never late, and early by two at most. */
    public long epochMicros(long ticks) {
        return boot + ticks * MICROS_PER_TICK;
    }
}
