// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import net.conntracklogger.flow.WrittenFlows;

/**
 * The file with the count of written flows, by which "conntrack-logger who" proves that the log lacks none. If it cannot be
 * written, an error is printed once, and the service goes on. Called by thread main only.
 */
public final class CountFile {
    private final ReplacedFile file;
    private final Path proc;
    private final PrintStream errors;
    private WrittenFlows last;
    private boolean failed;

    /** @param proc procfs, which has the id of the boot */
    public CountFile(Path path, Path proc, PrintStream errors) {
        this.file = new ReplacedFile(path);
        this.proc = proc;
        this.errors = errors;
    }

    /** Replaces the file by another count. Called about once a second. */
    public void write(WrittenFlows count) {
        if (count.equals(last)) {
            return;
        }
        last = count;
        try {
            String boot = Files.readString(proc.resolve("sys/kernel/random/boot_id"))
                    .strip()
                    .replace("-", "");
            file.write(new WrittenFlows.Line(boot, count).text());
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                errors.println(e.getMessage() + "; \"who\" proves absence only up to the last statistics");
            }
            failed = true;
        }
    }
}
