// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.status;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import net.conntracklogger.flow.WrittenFlows;
import net.conntracklogger.linux.ReplacedFile;

/**
 * The file with the count of written flows. By it "conntrack-logger who" proves that the log lacks none. If it cannot
 * be written, an error is printed once, and the service goes on. Called by thread main only.
 */
public final class CountFile {
    private final ReplacedFile file;
    private final PrintStream errors;
    private WrittenFlows last;
    private boolean failed;

    public CountFile(Path path, PrintStream errors) {
        this.file = new ReplacedFile(path);
        this.errors = errors;
    }

    /** Replaces the file by another count. Called about once a second. */
    public void write(WrittenFlows count) {
        if (count.equals(last)) {
            return;
        }
        last = count;
        try {
            file.write(count.text());
            failed = false;
        } catch (IOException e) {
            if (!failed) {
                errors.println(e.getMessage() + "; \"who\" proves absence only up to the last statistics");
            }
            failed = true;
        }
    }
}
