// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.read;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.history.query.TimeSpan;

/**
 * The archive at one moment.
 *
 * @param directory the archive's directory
 * @param index what is archived
 * @param files the files that are there and whole; one without sums if these are not
 * @param damage a gap for each of the others
 */
public record ArchiveSnapshot(Path directory, ArchiveIndex index, List<ArchiveFile> files, List<Gap> damage) {
    public ArchiveSnapshot {
        files = List.copyOf(files);
        damage = List.copyOf(damage);
    }

    /**
     * Reads the index and looks up the files.
     *
     * @param directory null: there is no archive
     * @throws NotPermittedException if the archive may not be read
     */
    public static ArchiveSnapshot of(Path directory) throws IOException {
        if (directory == null) {
            return new ArchiveSnapshot(null, ArchiveIndex.empty(), List.of(), List.of());
        }
        try {
            Optional<ArchiveIndex> index = ArchiveIndex.read(directory);
            ArchiveSnapshot snapshot = of(directory, index.orElseGet(ArchiveIndex::empty));
            while (!snapshot.damage.isEmpty()) {
                // A merge may have replaced files since the index was read.
                Optional<ArchiveIndex> later = ArchiveIndex.read(directory);
                if (later.equals(index)) {
                    break;
                }
                index = later;
                snapshot = of(directory, index.orElseGet(ArchiveIndex::empty));
            }
            return snapshot;
        } catch (AccessDeniedException e) {
            throw new NotPermittedException("cannot read the archive " + directory
                    + ": permission denied; become root or a member of the group adm or systemd-journal");
        }
    }

    private static ArchiveSnapshot of(Path directory, ArchiveIndex index) throws IOException {
        List<ArchiveFile> files = new ArrayList<>();
        List<Gap> damage = new ArrayList<>();
        for (ArchiveFile file : index.files()) {
            Path path = directory.resolve(file.name());
            if (size(path) == file.bytes()) {
                boolean summed = file.sumsBytes() > 0 && size(directory.resolve(file.sumsName())) == file.sumsBytes();
                files.add(summed ? file : file.withSums(ArchiveFile.NO_SUMS));
            } else {
                damage.add(new Gap(Gap.Kind.DAMAGED, file.begin(), file.last(), file.rows(), path.toString()));
            }
        }
        return new ArchiveSnapshot(directory, index, files, damage);
    }

    private static long size(Path path) throws IOException {
        try {
            return Files.size(path);
        } catch (NoSuchFileException e) {
            return -1;
        }
    }

    /** Returns the files of a kind that may hold rows of a span. */
    List<ArchiveFile> files(ArchiveKind kind, TimeSpan span) {
        return files.stream()
                .filter(file -> file.kind() == kind && file.overlaps(span))
                .toList();
    }

    /** Returns the time of the oldest entry that is archived; {@link Long#MAX_VALUE}: none. */
    public long oldest() {
        return index.files().stream().mapToLong(ArchiveFile::first).min().orElse(Long.MAX_VALUE);
    }

    /** Returns the time up to which entries are archived; 0: none. */
    public long until() {
        return index.cursor() == null ? 0 : index.cursor().time();
    }
}
