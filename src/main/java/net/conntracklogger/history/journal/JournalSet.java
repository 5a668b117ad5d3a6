// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import net.conntracklogger.history.coverage.Gap;
import net.conntracklogger.history.coverage.NotPermittedException;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/**
 * Journal files that are opened together, without those that are damaged.
 *
 * @param damage a gap for each damaged file
 */
record JournalSet(JournalHandle handle, List<Gap> damage) implements AutoCloseable {
    /**
     * Maximum number of listings. journald renames a file in each rotation: more than a few in the time of one listing
     * mean another error.
     */
    private static final int ATTEMPTS = 5;

    JournalSet {
        damage = List.copyOf(damage);
    }

    /**
     * Opens some of the files in directories.
     *
     * @param choice returns those of all files that are needed
     * @return empty if no file is needed
     * @throws NotPermittedException if a file may not be read
     */
    static Optional<JournalSet> open(List<Path> directories, UnaryOperator<JournalFiles> choice) throws IOException {
        for (int attempt = 1; ; attempt++) {
            JournalFiles files = choice.apply(JournalFiles.in(directories));
            try {
                return open(files);
            } catch (LinuxException e) {
                if (e.errno() != Errno.ENOENT || attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static Optional<JournalSet> open(JournalFiles files) throws IOException {
        List<Gap> damage = new ArrayList<>();
        files.damaged().forEach(file -> damage.add(damaged(file, 0, Long.MAX_VALUE)));
        List<Path> paths = new ArrayList<>();
        files.files().forEach(file -> paths.add(file.path()));
        if (paths.isEmpty() && damage.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new JournalSet(JournalHandle.ofFiles(paths), damage));
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT) {
                throw e;
            }
        }
        paths.clear();
        for (JournalFile file : files.files()) {
            try {
                JournalHandle.ofFiles(List.of(file.path())).close();
                paths.add(file.path());
            } catch (LinuxException e) {
                damage.add(damaged(file.path(), file.first(), file.last()));
            }
        }
        return Optional.of(new JournalSet(JournalHandle.ofFiles(paths), damage));
    }

    private static Gap damaged(Path file, long since, long until) {
        return new Gap(Gap.Kind.DAMAGED, since, until, Gap.UNKNOWN, file.toString());
    }

    @Override
    public void close() {
        handle.close();
    }
}
