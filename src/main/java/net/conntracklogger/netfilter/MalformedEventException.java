// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/** Reports a message that is not of conntrack, is cut off, or breaks the rules of its attributes. */
public final class MalformedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedEventException(String reason) {
        super(reason);
    }
}
