// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

import java.io.IOException;

/** Nothing can be written any more: whoever read the output is gone, or the disk is full. */
public final class OutputEndedException extends IOException {
    private static final long serialVersionUID = 1L;

    public OutputEndedException(String message) {
        super(message);
    }
}
