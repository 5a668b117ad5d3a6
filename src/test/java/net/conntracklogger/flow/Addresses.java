// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Addresses from their text, for tests: the program itself never reads such a text. */
public final class Addresses {
    private Addresses() {}

    public static IpAddress address(String text) {
        try {
            byte[] bytes = InetAddress.getByName(text).getAddress();
            return IpAddress.read(ByteBuffer.wrap(bytes), 0, bytes.length == IpAddress.MAX_LENGTH);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
