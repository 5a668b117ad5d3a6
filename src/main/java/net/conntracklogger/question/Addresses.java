// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.util.Optional;
import java.util.regex.Pattern;
import net.conntracklogger.flow.AddressText;
import net.conntracklogger.flow.IpAddress;

/** Reads addresses as people and sensors write them. */
final class Addresses {
    /** Some programs take a number with a leading zero for octal, others for decimal. */
    private static final Pattern LEADING_ZERO = Pattern.compile("(?:.*\\.)?0\\d.*\\..*|.*\\.0\\d.*");

    private static final int MAPPED_PREFIX_BITS = 96;

    private Addresses() {}

    /**
     * Reads an address. An IPv4-mapped IPv6 address is the IPv4 address, as conntrack has it. Returns nothing if the text is
     * no address.
     */
    static Optional<IpAddress> read(String text) {
        if (LEADING_ZERO.matcher(text).matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(AddressText.parse(text)).map(Addresses::unmapped);
    }

    private static IpAddress unmapped(IpAddress address) {
        boolean mapped = address.v6() && address.isIn(IpAddress.v4(0).asMapped(), MAPPED_PREFIX_BITS);
        return mapped ? IpAddress.v4((int) address.low()) : address;
    }
}
