// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/** Reports a message that is not conntrack's, is cut off, or has invalid attributes. */
public final class MalformedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedEventException(String reason) {
        super(reason);
    }
}
