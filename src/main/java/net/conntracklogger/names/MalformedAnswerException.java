// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.names;

/** A DNS answer that is not as RFC 1035 demands. */
public final class MalformedAnswerException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
