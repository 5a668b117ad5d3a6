// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.Optional;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.IpAddress;

/** An address, or a network of addresses with the same first bits. */
record Network(IpAddress address, int bits) {
    /** Parses {@code 192.0.2.1}, {@code 192.0.2.0/24}, {@code 2001:db8::/32}; empty if the text is none of these. */
    static Optional<Network> parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = AddressText.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return Optional.empty();
        }
        int most = 8 * address.length();
        String length = slash < 0 ? Integer.toString(most) : text.substring(slash + 1);
        return length.matches("\\d{1,3}") && Integer.parseInt(length) <= most
                ? Optional.of(new Network(address, Integer.parseInt(length)))
                : Optional.empty();
    }

    boolean contains(IpAddress other) {
        return other.isIn(address, bits);
    }
}
