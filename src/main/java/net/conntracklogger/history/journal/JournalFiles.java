// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import net.conntracklogger.history.coverage.DamagedFileException;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;

/**
 * The journal files of some directories, as their headers are at one moment.
 *
 * @param files in no particular order
 * @param damaged files without the header of a journal
 */
public record JournalFiles(List<JournalFile> files, List<Path> damaged) {
    public JournalFiles {
        files = List.copyOf(files);
        damaged = List.copyOf(damaged);
    }

    /**
     * Reads the headers of all files.
     *
     * @throws NotPermittedException if a file may not be read
     */
    public static JournalFiles in(List<Path> directories) throws IOException {
        List<JournalFile> files = new ArrayList<>();
        List<Path> damaged = new ArrayList<>();
        for (Path directory : directories) {
            try (DirectoryStream<Path> paths = Files.newDirectoryStream(directory, JournalFiles::isJournal)) {
                for (Path path : paths) {
                    add(path, files, damaged);
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            } catch (NoSuchFileException e) {
                // Without persistent journals there is no directory.
            } catch (AccessDeniedException e) {
                throw notPermitted(directory);
            }
        }
        return new JournalFiles(files, damaged);
    }

    /** Reports whether the file can hold entries of a service. It must be a journal, but not a user's. */
    private static boolean isJournal(Path path) {
        String name = path.getFileName().toString();
        return (name.endsWith(".journal") || name.endsWith(".journal~")) && !name.startsWith("user-");
    }

    private static void add(Path path, List<JournalFile> files, List<Path> damaged) throws IOException {
        try {
            JournalFile.read(path).ifPresent(files::add);
        } catch (DamagedFileException e) {
            damaged.add(path);
        } catch (AccessDeniedException e) {
            throw notPermitted(path);
        } catch (NoSuchFileException e) {
            // journald has just renamed or deleted it: a caller that opens files lists them anew in that case.
        }
    }

    private static NotPermittedException notPermitted(Path path) {
        return new NotPermittedException("cannot read " + path
                + ": permission denied; become root or a member of the group adm or systemd-journal");
    }

    /** Returns the files that may hold entries that were received at a time or later. */
    public JournalFiles since(long time) {
        return new JournalFiles(
                files.stream().filter(file -> file.last() >= time).toList(), damaged);
    }

    /** Returns the files that may hold entries after one that was read. */
    public JournalFiles after(JournalCursor cursor) {
        return new JournalFiles(
                files.stream().filter(file -> file.mayHoldAfter(cursor)).toList(), damaged);
    }

    /** Returns the files that may hold an entry that was read, or entries after it. */
    public JournalFiles holding(JournalCursor cursor) {
        return new JournalFiles(
                files.stream()
                        .filter(file -> file.mayHoldAfter(cursor) || file.mayHold(cursor))
                        .toList(),
                damaged);
    }

    /**
     * Reports whether the files hold all entries since a time. If so, the numbers of entries have no gap in any
     * directory. Files of users take numbers too, so that a gap may be none.
     */
    public boolean holdAllSince(long time) {
        Collection<List<JournalFile>> directories = files.stream()
                .collect(Collectors.groupingBy(file -> file.path().getParent()))
                .values();
        return damaged.isEmpty()
                && !directories.isEmpty()
                && directories.stream().allMatch(directory -> areContinuousSince(directory, time));
    }

    private static boolean areContinuousSince(List<JournalFile> directory, long time) {
        List<JournalFile> sorted = directory.stream()
                .sorted(Comparator.comparingLong(JournalFile::first))
                .toList();
        JournalFile before = null;
        for (JournalFile file : sorted) {
            if (file.first() > time && (before == null || !file.isNextTo(before.sequence(), before.lastNumber()))) {
                return false;
            }
            before = file;
        }
        return true;
    }

    /**
     * Returns the gap that deleted entries leave after one that was read. They are complete only if a file begins with the next
     * number at the latest. Files of users take numbers too, so that a gap may be none.
     */
    public Optional<Gap> vacuumedAfter(JournalCursor cursor) {
        boolean complete = files.stream().anyMatch(file -> file.isNextTo(cursor.sequence(), cursor.number()));
        if (complete) {
            return Optional.empty();
        }
        long until = files.stream().mapToLong(JournalFile::first).min().orElse(Long.MAX_VALUE);
        return Optional.of(new Gap(Gap.Kind.VACUUMED, cursor.time(), Math.max(until, cursor.time()), Gap.UNKNOWN, ""));
    }
}
