// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

/** A message of systemd-resolved that is not understood or too long. */
public final class MalformedReportException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedReportException(String message) {
        super(message);
    }

    MalformedReportException(String message, Throwable cause) {
        super(message, cause);
    }
}
