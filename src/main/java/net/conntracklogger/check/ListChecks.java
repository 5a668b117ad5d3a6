// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.check;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.conntracklogger.config.WatchedFiles;
import net.conntracklogger.watch.WatchList;
import net.conntracklogger.watch.WatchLists;

/** Checks the files of watch lists as the service reads them. */
final class ListChecks {
    /** Directories of which the service sees nothing (ProtectHome=, PrivateTmp=). */
    private static final List<String> HIDDEN = List.of("home", "root", "run/user", "tmp", "var/tmp");

    private final Path root;
    private final List<WatchedFiles> lists;

    ListChecks(Path root, List<WatchedFiles> lists) {
        this.root = root;
        this.lists = lists;
    }

    /** Returns a finding for each list. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        int entries = 0;
        for (WatchedFiles list : lists) {
            String subject = "watch list " + list.name();
            Optional<Path> hidden = list.files().stream().filter(this::isHidden).findFirst();
            if (hidden.isPresent()) {
                findings.add(Finding.warn(
                        subject,
                        "the service cannot see " + hidden.get()
                                + ", since homes and temporary files are hidden from it",
                        "move the file, for example to /etc/conntrack-logger.lists"));
                continue;
            }
            try {
                // All lists together have a limit.
                int read = WatchList.read(list.files(), WatchLists.MOST_ENTRIES - entries)
                        .entries();
                entries += read;
                findings.add(
                        read == 0
                                ? Finding.warn(
                                        subject, "has no entry: no flow can match it", "add entries to its files")
                                : Finding.ok(subject, "entries: " + read));
            } catch (IOException e) {
                findings.add(failure(subject, e));
            }
        }
        return findings;
    }

    private boolean isHidden(Path file) {
        return HIDDEN.stream().anyMatch(directory -> file.startsWith(root.resolve(directory)));
    }

    private static Finding failure(String subject, IOException e) {
        return e.getCause() instanceof AccessDeniedException
                ? Finding.skip(subject, e.getMessage(), "run this command as root to check it")
                : Finding.warn(
                        subject,
                        "cannot read " + e.getMessage() + "; a service that starts now watches none of its entries",
                        "correct the file; the service reads it again by itself");
    }
}
