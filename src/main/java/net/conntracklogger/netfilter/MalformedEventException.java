// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

/** A message that is no conntrack event, or a broken one. */
public final class MalformedEventException extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedEventException(String reason) {
        super(reason);
    }
}
