// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

/** A thread of the service ended by a failure, which is the cause. */
final class ServiceFailure extends Exception {
    private static final long serialVersionUID = 1L;

    ServiceFailure(Throwable cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }
}
