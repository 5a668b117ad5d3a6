// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import java.io.IOException;
import java.nio.file.Path;

/** Reports that the contents of a file of the journal or archive cannot be read. */
public final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    public DamagedFileException(Path file, String reason) {
        super("cannot read " + file + ": " + reason + "; its flows are missing");
    }
}
