// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.output;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.entry.OutputEndedException;
import net.conntracklogger.linux.Errno;
import net.conntracklogger.linux.LinuxException;

/** Lines of UTF-8, each written at once. */
final class LineOutput {
    private final OutputStream out;

    LineOutput(OutputStream out) {
        this.out = out;
    }

    void write(CharSequence line) throws OutputEndedException {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new OutputEndedException(e, e instanceof LinuxException call && call.errno() == Errno.EPIPE);
        }
    }
}
