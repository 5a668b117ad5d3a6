// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.archive.write;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.archive.ArchiveFile;
import net.conntracklogger.archive.ArchiveIndex;
import net.conntracklogger.archive.ArchiveKind;
import org.junit.jupiter.api.Test;

class MergePlanTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 27);
    private static final LocalDate YESTERDAY = TODAY.minusDays(1);

    private static ArchiveFile file(LocalDate day, String suffix, long rows) {
        return new ArchiveFile(
                ArchiveKind.FLOWS, day, day + suffix + ".parquet", rows, rows * 30, 0, 0, 0, ArchiveFile.NO_SUMS_YET);
    }

    private static List<MergePlan.Merge> plan(List<ArchiveFile> files) {
        return MergePlan.of(new ArchiveIndex(100, null, files), TODAY);
    }

    @Test
    void leavesFewFilesOfToday() {
        assertEquals(List.of(), plan(List.of(file(TODAY, ".1", 10), file(TODAY, ".2", 10))));
    }

    @Test
    void mergesEightFilesOfToday() {
        List<ArchiveFile> files = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            files.add(file(TODAY, "." + i, 10));
        }
        assertEquals(List.of(new MergePlan.Merge(files, false)), plan(files));
        assertEquals("2026-11-27.100.parquet", plan(files).get(0).name(100));
    }

    /** In a day of 288 equal files, each row is written a few times. */
    @Test
    void writesEachRowAFewTimes() {
        List<ArchiveFile> files = new ArrayList<>();
        long written = 0;
        for (int i = 1; i <= 288; i++) {
            files.add(file(TODAY, "." + i, 1000));
            for (MergePlan.Merge merge : plan(files)) {
                long rows = merge.files().stream().mapToLong(ArchiveFile::rows).sum();
                written += rows;
                files.removeAll(merge.files());
                files.add(file(TODAY, ".m" + i, rows));
            }
            assertTrue(files.size() < 16, () -> "files: " + files.size());
        }
        long times = written / 288_000;
        assertTrue(times < 8, () -> "times: " + times);
    }

    @Test
    void makesOneFileOfADayThatIsOver() {
        List<ArchiveFile> files = List.of(file(YESTERDAY, ".1", 10), file(YESTERDAY, ".2", 1000));
        List<MergePlan.Merge> merges = plan(files);
        assertEquals(List.of(new MergePlan.Merge(files, true)), merges);
        assertEquals("2026-11-26.parquet", merges.get(0).name(100));
    }

    @Test
    void leavesTheFileOfADayAlone() {
        assertEquals(List.of(), plan(List.of(file(YESTERDAY, "", 1000), file(YESTERDAY, ".9", 1))));
    }

    @Test
    void makesNoFileOfMoreRowsThanCanBeSorted() {
        List<ArchiveFile> files = List.of(file(YESTERDAY, ".1", 10_000_000), file(YESTERDAY, ".2", 10_000_000));
        assertEquals(List.of(), plan(files));
    }
}
