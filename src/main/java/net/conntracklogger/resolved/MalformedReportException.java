// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.resolved;

/** systemd-resolved sent what is not understood. */
public final class MalformedReportException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedReportException(String message) {
        super(message);
    }

    MalformedReportException(String message, Throwable cause) {
        super(message, cause);
    }
}
