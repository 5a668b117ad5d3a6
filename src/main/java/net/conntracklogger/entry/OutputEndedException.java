// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;

/** Nothing can be written any more: whoever read the output is gone, or the disk is full. */
public final class OutputEndedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean unread;

    /** @param unread whether it is for want of a reader */
    public OutputEndedException(IOException cause, boolean unread) {
        super(cause.getMessage(), cause);
        this.unread = unread;
    }

    /** Whether who read the output is gone, which has read what he wanted: no failure. */
    public boolean isUnread() {
        return unread;
    }
}
