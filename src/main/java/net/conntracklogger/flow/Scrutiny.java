// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * Why a flow needs the attention of an administrator.
 *
 * @param watch name of the first watch list that has an address or a name of the flow; null if none has
 * @param unexpected whether no expectation about a unit of the flow is known to allow it
 */
public record Scrutiny(String watch, boolean unexpected) {
    /** A flow that needs no attention. */
    public static final Scrutiny NONE = new Scrutiny(null, false);
}
