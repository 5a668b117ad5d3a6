// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

/** A rule that breaks the syntax. The message says what is wrong and what would be right. */
public final class RuleException extends Exception {
    private static final long serialVersionUID = 1;

    RuleException(String message) {
        super(message);
    }
}
