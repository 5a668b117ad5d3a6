// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.question;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Pattern;
import net.conntracklogger.flow.IpAddress;

/** Reads IP addresses. */
public final class AddressText {
    private static final Pattern V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:]*:[0-9a-fA-F:.]*");

    private AddressText() {}

    /**
     * Reads an address. An IPv4-mapped IPv6 address is the IPv4 address, as conntrack has it. Returns nothing if the text is
     * no address.
     */
    public static Optional<IpAddress> read(String text) {
        return V4.matcher(text).matches() ? readV4(text) : readV6(text);
    }

    private static Optional<IpAddress> readV4(String text) {
        int address = 0;
        for (String part : text.split("\\.")) {
            int value = Integer.parseInt(part);
            if (value > 255 || part.length() > 1 && part.startsWith("0")) {
                // Some programs take a leading zero for octal.
                return Optional.empty();
            }
            address = address << 8 | value;
        }
        return Optional.of(IpAddress.v4(address));
    }

    private static Optional<IpAddress> readV6(String text) {
        if (!V6.matcher(text).matches()) {
            return Optional.empty();
        }
        try {
            // Looks up no name, because the text has a colon.
            byte[] bytes = InetAddress.getByName(text).getAddress();
            return Optional.of(IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == IpAddress.MAX_LENGTH));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
