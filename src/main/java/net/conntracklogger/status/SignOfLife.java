// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.Closeable;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import net.conntracklogger.flow.EpochMicros;
import net.conntracklogger.flow.Loss;

/**
 * The file that keeps the time until which the log is complete. Microseconds since the epoch. By it the next start
 * knows since when flows are missing, even if the service was killed. The file is gone after a boot. If it cannot be
 * used, an error is printed once, and the service goes on. Called by thread main only.
 */
public final class SignOfLife implements Closeable {
    /** Every time has as many bytes as any other: one call of write(2) replaces it. */
    private static final int DIGITS = 16;

    private static final int LENGTH = DIGITS + 1;
    private static final long NANOS_PER_MICRO = 1000;

    private final Optional<Path> path;
    private final PrintStream errors;
    private Optional<FileChannel> file = Optional.empty();
    /** The time that the previous run left; empty at the first start after a boot. */
    private Optional<Long> left = Optional.empty();

    private Supplier<OptionalLong> writtenUntil = OptionalLong::empty;

    /**
     * Opens the file, and creates it if there is none.
     *
     * @param path empty if this is not the service, which leaves no sign
     */
    public SignOfLife(Optional<Path> path, PrintStream errors) {
        this.path = path;
        this.errors = errors;
        try {
            if (path.isPresent()) {
                FileChannel opened = FileChannel.open(
                        path.get(), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                file = Optional.of(opened);
                left = read(opened);
            }
        } catch (IOException e) {
            giveUp(e);
        }
    }

    private static Optional<Long> read(FileChannel file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(LENGTH);
        file.read(bytes, 0);
        String text = StandardCharsets.US_ASCII.decode(bytes.flip()).toString();
        return text.matches("\\d{16}\n") ? Optional.of(Long.parseLong(text.strip())) : Optional.empty();
    }

    /**
     * Starts to leave signs.
     *
     * @param until yields a {@link System#nanoTime} before which all flows are written; empty if unknown yet
     * @return the interval until now whose flows may be missing; empty if there was no run since the boot
     */
    public Optional<Loss> start(Supplier<OptionalLong> until) {
        writtenUntil = until;
        long now = EpochMicros.now();
        // If the clock was set back meanwhile, the length of the interval is unknown.
        return left.map(since -> new Loss(Loss.Place.DOWN, Loss.UNKNOWN, Math.min(since, now), now));
    }

    /** Replaces the time in the file. */
    public void renew() {
        OptionalLong until = writtenUntil.get();
        if (file.isEmpty() || until.isEmpty()) {
            return;
        }
        long micros = EpochMicros.now() - (System.nanoTime() - until.getAsLong()) / NANOS_PER_MICRO;
        try {
            file.get().write(ByteBuffer.wrap(text(micros).getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (IOException e) {
            giveUp(e);
        }
    }

    private static String text(long micros) {
        String digits = Long.toString(micros);
        return "0".repeat(Math.max(0, DIGITS - digits.length())) + digits + "\n";
    }

    private void giveUp(IOException e) {
        file = Optional.empty();
        errors.printf(
                "cannot keep the time in '%s': %s; the next start may report no flows lost while the service was down%n",
                path.orElseThrow(), e.getMessage());
    }

    /** Replaces the time once more, and closes the file. */
    @Override
    public void close() throws IOException {
        renew();
        if (file.isPresent()) {
            file.get().close();
        }
    }
}
