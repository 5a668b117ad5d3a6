// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.history.query;

/** A set of addresses and names, such as a watch list. */
public interface Listing {
    /** Reports whether an address, as a row has it, is in the set. */
    boolean hasAddress(String address);

    /** Reports whether a name, as a row has it, is in the set. */
    boolean hasName(String name);
}
