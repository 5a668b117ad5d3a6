// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the journal or of the archive that cannot be read because of its contents. */
public final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    public DamagedFileException(Path file, String reason) {
        super("cannot read " + file + ": " + reason + "; its flows are missing");
    }
}
