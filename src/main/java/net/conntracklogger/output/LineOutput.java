// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/** Writes lines in UTF-8 and flushes each. */
final class LineOutput {
    private final OutputStream out;

    LineOutput(OutputStream out) {
        this.out = out;
    }

    /** @throws OutputEndedException if the line cannot be written; unread if the error is EPIPE */
    void write(CharSequence line) throws OutputEndedException {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new OutputEndedException(e, e instanceof LinuxException call && call.errno() == Errno.EPIPE);
        }
    }
}
