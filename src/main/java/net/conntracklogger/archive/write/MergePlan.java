// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;

/**
 * Decides which files are merged. Small files of today are merged with those that are not much larger, so that each row is
 * written a few times only. All files of a day that is over become one.
 */
final class MergePlan {
    /** Files of today that are not merged yet. */
    private static final int MAX_FILES = 8;
    /** Maximum number of rows of a merged file. Sorting them takes memory, then space on the disk. */
    private static final long MAX_ROWS = 16_000_000;

    /**
     * Files that become one.
     *
     * @param whole whether they are all files of a day that is over
     */
    record Merge(List<ArchiveFile> files, boolean whole) {
        /** Returns the name of the merged file. */
        String name(long number) {
            ArchiveFile first = files.get(0);
            return first.kind().directory() + first.day() + (whole ? "" : "." + number) + ".parquet";
        }
    }

    private record Day(LocalDate day, ArchiveKind kind) {}

    private MergePlan() {}

    /** Returns the merges that are due. */
    static List<Merge> of(ArchiveIndex index, LocalDate today) {
        Map<Day, List<ArchiveFile>> days =
                new TreeMap<>(Comparator.comparing(Day::day).thenComparing(Day::kind));
        for (ArchiveFile file : index.files()) {
            days.computeIfAbsent(new Day(file.day(), file.kind()), day -> new ArrayList<>())
                    .add(file);
        }
        List<Merge> merges = new ArrayList<>();
        days.forEach((day, files) -> add(merges, files, day.day().isBefore(today)));
        return merges;
    }

    private static void add(List<Merge> merges, List<ArchiveFile> files, boolean over) {
        files.sort(Comparator.comparingLong(ArchiveFile::rows));
        long rows = files.stream().mapToLong(ArchiveFile::rows).sum();
        boolean named = files.stream().anyMatch(file -> isWhole(file));
        if (over && !named && rows <= MAX_ROWS) {
            merges.add(new Merge(files, true));
        } else if (files.size() >= MAX_FILES) {
            List<ArchiveFile> small = small(files);
            if (small.size() > 1) {
                merges.add(new Merge(small, false));
            }
        }
    }

    /** Returns the smallest files. Each is at most twice as large as all before it. */
    private static List<ArchiveFile> small(List<ArchiveFile> bySize) {
        List<ArchiveFile> small = new ArrayList<>();
        long rows = 0;
        for (ArchiveFile file : bySize) {
            boolean similar = small.size() < MAX_FILES / 2 || file.rows() <= 2 * rows;
            if (!similar || rows + file.rows() > MAX_ROWS || isWhole(file)) {
                break;
            }
            small.add(file);
            rows += file.rows();
        }
        return small;
    }

    private static boolean isWhole(ArchiveFile file) {
        return file.name().equals(file.kind().directory() + file.day() + ".parquet");
    }
}
