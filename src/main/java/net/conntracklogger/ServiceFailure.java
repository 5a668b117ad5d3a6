// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

/** A thread of the service has failed. The cause is what it threw. */
final class ServiceFailure extends Exception {
    private static final long serialVersionUID = 1L;

    ServiceFailure(Throwable cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }
}
