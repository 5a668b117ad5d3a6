// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

/** Whether something holds, which can be unknown. The order is that of certainty that it holds. */
enum Truth {
    NO,
    UNKNOWN,
    YES;

    static Truth of(boolean holds) {
        return holds ? YES : NO;
    }

    Truth negated() {
        return switch (this) {
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
            case YES -> NO;
        };
    }

    Truth or(Truth other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
