// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads addresses as people and sensors write them. */
public final class AddressInput {
    /** Some programs take a number with a leading zero for octal, others for decimal. */
    private static final Pattern LEADING_ZERO = Pattern.compile("(?:.*\\.)?0\\d.*\\..*|.*\\.0\\d.*");

    private static final int MAPPED_PREFIX_BITS = 96;

    private AddressInput() {}

    /**
     * Reads an address. An IPv4-mapped IPv6 address is the IPv4 address, as conntrack has it. Returns nothing if the text is
     * no address.
     */
    public static Optional<IpAddress> read(String text) {
        if (LEADING_ZERO.matcher(text).matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(AddressText.parse(text)).map(AddressInput::unmapped);
    }

    /**
     * Returns the length of a prefix of such an address; empty if invalid. A length is a number from 0 to the bits of
     * the address.
     */
    public static OptionalInt prefixLength(String text, IpAddress address) {
        return text.matches("\\d{1,3}") && Integer.parseInt(text) <= Byte.SIZE * address.length()
                ? OptionalInt.of(Integer.parseInt(text))
                : OptionalInt.empty();
    }

    private static IpAddress unmapped(IpAddress address) {
        boolean mapped = address.v6() && address.isIn(IpAddress.v4(0).asMapped(), MAPPED_PREFIX_BITS);
        return mapped ? IpAddress.v4((int) address.low()) : address;
    }
}
