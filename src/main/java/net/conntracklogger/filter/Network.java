// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.filter;

import java.util.Optional;
import java.util.OptionalInt;
import net.conntracklogger.flow.AddressInput;
import net.conntracklogger.flow.IpAddress;

/** An address, or a network of addresses with the same first bits. */
public record Network(IpAddress address, int bits) {
    /** Parses {@code 192.0.2.1}, {@code 192.0.2.0/24}, {@code 2001:db8::/32}; empty if the text is none of these. */
    public static Optional<Network> parse(String text) {
        int slash = text.indexOf('/');
        Optional<IpAddress> address = AddressInput.read(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty() || slash < 0) {
            return address.map(it -> new Network(it, Byte.SIZE * it.length()));
        }
        OptionalInt bits = AddressInput.prefixLength(text.substring(slash + 1), address.get());
        return bits.isPresent() ? Optional.of(new Network(address.get(), bits.getAsInt())) : Optional.empty();
    }

    boolean contains(IpAddress other) {
        return other.isIn(address, bits);
    }
}
