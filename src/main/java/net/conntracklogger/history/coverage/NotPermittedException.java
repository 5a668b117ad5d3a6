// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.coverage;

import java.io.IOException;

/** The journal or the archive may not be read by this user. */
public final class NotPermittedException extends IOException {
    private static final long serialVersionUID = 1L;

    /** @param message names the file and the remedy */
    public NotPermittedException(String message) {
        super(message);
    }
}
