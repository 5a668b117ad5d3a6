// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import net.conntracklogger.concurrent.RepeatedReading;
import net.conntracklogger.flow.Notice;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.watch.FirstSeen;
import net.conntracklogger.watch.SeenFile;
import net.conntracklogger.watch.SeenPairs;

/**
 * Gives {@link FirstSeen} the pairs of the archive. It notes pairs as soon as the key is known. All flows that were queued before
 * must be in the journal, and then in the archive: until then a flow of theirs could pass for new. Called by thread main only.
 */
public final class ArchivedPairs implements Closeable {
    private static final long INTERVAL_MILLIS = 2000;
    private static final long SILENT_MILLIS = 60_000;
    private static final long REQUEST_NANOS = TimeUnit.SECONDS.toNanos(30);
    /** A run of the archive leaves out entries that are younger than 2 s. */
    private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(3);
    /** A flow may be queued that long after flow-reader looked whether it should note pairs. */
    private static final long QUEUEING_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final FirstSeen seen;
    private final Supplier<OptionalLong> writtenUntil;
    private final Supplier<Optional<WrittenFlows>> settled;
    private final Optional<ArchiveRequest> archive;
    private final Consumer<Notice> notices;
    private RepeatedReading<Optional<SeenFile>> reading;
    private long requested = System.nanoTime() - REQUEST_NANOS;
    private boolean begun;
    private long key;
    /** {@link System#nanoTime} from which on all flows are noted. */
    private long noted;
    /** {@link System#nanoTime} at which all earlier flows were written; 0: not yet. */
    private long written;
    /** Time by which journald had stored them, microseconds since the epoch; 0: not yet. */
    private long stored;

    /** {@link SeenFile#until} of the file at that moment. */
    private long former;

    private boolean complete;
    private boolean over;
    private String trouble = "";

    /**
     * Begins to read the file.
     *
     * @param directory the archive
     * @param writtenUntil a {@link System#nanoTime} before which all flows are written
     * @param settled the last count of flows when journald had taken all
     * @param archive requests runs of the archive
     */
    public ArchivedPairs(
            FirstSeen seen,
            Path directory,
            Supplier<OptionalLong> writtenUntil,
            Supplier<Optional<WrittenFlows>> settled,
            Optional<ArchiveRequest> archive,
            Consumer<Notice> notices) {
        this(seen, directory, writtenUntil, settled, archive, notices, INTERVAL_MILLIS);
    }

    /** @param interval milliseconds between two readings of the file */
    ArchivedPairs(
            FirstSeen seen,
            Path directory,
            Supplier<OptionalLong> writtenUntil,
            Supplier<Optional<WrittenFlows>> settled,
            Optional<ArchiveRequest> archive,
            Consumer<Notice> notices,
            long interval) {
        this.seen = seen;
        this.writtenUntil = writtenUntil;
        this.settled = settled;
        this.archive = archive;
        this.notices = notices;
        reading = new RepeatedReading<>("first-seen", new Files(directory), interval, System::nanoTime);
    }

    private record Files(Path directory) implements RepeatedReading.Source<Optional<SeenFile>> {
        @Override
        public Optional<SeenFile> read() throws IOException {
            return SeenFile.read(directory);
        }

        @Override
        public void close() {
            // Holds nothing between two readings.
        }
    }

    /** Takes the next step if it is possible. Called about once a second. */
    public void check() {
        if (over) {
            return;
        }
        if (seen.isFull()) {
            over = true;
            close();
            notices.accept(new Notice(
                    Notice.Kind.FIRST_SEEN_FULL,
                    "first seen unknown: units and destinations make more than %d pairs; no flow has FLOW_FIRST_SEEN; set FirstSeen=no"
                            .formatted(SeenPairs.MOST)));
            return;
        }
        if (!complete) {
            step(latest());
        }
    }

    private void step(Optional<SeenFile> file) {
        if (file.isPresent() && (!begun || key != file.get().pairs().key())) {
            begin(file.get().pairs().key());
        } else if (file.isPresent() && isStored(file.get()) && isLater(file.get())) {
            seen.complete(file.get().pairs());
            complete = true;
            close();
        } else if (!begun || stored != 0) {
            request();
        }
    }

    private void begin(long newKey) {
        begun = true;
        key = newKey;
        seen.begin(key);
        noted = System.nanoTime() + QUEUEING_NANOS;
        written = 0;
        stored = 0;
    }

    /** Reports whether the journal has all flows that are not noted. */
    private boolean isStored(SeenFile file) {
        if (written == 0) {
            OptionalLong until = writtenUntil.get();
            written = until.isPresent() && until.getAsLong() - noted >= 0 ? System.nanoTime() : 0;
        } else if (stored == 0) {
            Optional<WrittenFlows> count = settled.get();
            boolean later = count.isPresent()
                    && TimeUnit.MICROSECONDS.toNanos(count.get().monotonic()) - written > 0;
            stored = later ? count.get().time() : 0;
            requested = later ? System.nanoTime() + YOUNG_NANOS - REQUEST_NANOS : requested;
            former = file.until();
        }
        return stored != 0;
    }

    /** Reports whether the run of the archive began after that. A file of a clock that was set back does not pass for later. */
    private boolean isLater(SeenFile file) {
        return file.until() >= stored && file.until() != former;
    }

    private Optional<SeenFile> latest() {
        try {
            trouble = "";
            RepeatedReading.Timed<Optional<SeenFile>> last = reading.latest(SILENT_MILLIS);
            return last == null ? Optional.empty() : last.value();
        } catch (IOException e) {
            trouble = ": " + e.getMessage();
            return Optional.empty();
        }
    }

    private void request() {
        if (System.nanoTime() - requested >= REQUEST_NANOS) {
            requested = System.nanoTime();
            archive.ifPresent(ArchiveRequest::write);
        }
    }

    /** Returns the part of the status line; empty if all is well. */
    public String status() {
        if (over) {
            return "more pairs than FirstSeen= holds";
        }
        return complete ? "" : "FirstSeen= waits for the archive" + trouble;
    }

    @Override
    public void close() {
        if (reading != null) {
            reading.close();
            reading = null;
        }
    }
}
