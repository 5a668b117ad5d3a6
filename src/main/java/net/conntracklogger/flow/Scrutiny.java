// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * What is remarkable about a flow.
 *
 * @param watch name of the first watch list that has an address or a name of the flow; null if none has
 * @param unexpected whether no expectation about a unit of the flow is known to allow it
 * @param firstSeen what of the flow the archive has never had; null if that is nothing, or unknown
 */
public record Scrutiny(String watch, boolean unexpected, String firstSeen) {
    /** A flow about which nothing is remarkable. */
    public static final Scrutiny NONE = new Scrutiny(null, false);

    /** Creates what lists and expectations say of a flow. */
    public Scrutiny(String watch, boolean unexpected) {
        this(watch, unexpected, null);
    }

    /** Reports whether the flow needs the attention of an administrator. */
    public boolean isAlert() {
        return watch != null || unexpected;
    }

    /** Returns the same with what the archive has never had. */
    public Scrutiny withFirstSeen(String what) {
        return new Scrutiny(watch, unexpected, what);
    }
}
