// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;

/** Reports that the output takes no more entries. Its reader is gone, or the disk is full. */
public final class OutputEndedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean unread;

    /** Reports a failure of the output; {@code unread} means that its reader is gone. */
    public OutputEndedException(IOException cause, boolean unread) {
        super(cause.getMessage(), cause);
        this.unread = unread;
    }

    /** Reports whether the reader is gone. It has read what it wanted, so this is no failure. */
    public boolean isUnread() {
        return unread;
    }
}
