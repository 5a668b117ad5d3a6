// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.watch;

import java.io.IOException;
import net.conntracklogger.flow.IpAddress;

/** Takes the entries of a file one by one. */
interface Entries {
    /**
     * Takes a network, or an address as a network of one.
     *
     * @throws IOException if there is no room for it
     */
    void network(IpAddress address, int bits) throws IOException;

    /**
     * Takes a name that stands for itself and all names below.
     *
     * @param name ASCII in lower case, at most 253 characters, without a dot at either end
     * @throws IOException if there is no room for it
     */
    void name(String name) throws IOException;
}
