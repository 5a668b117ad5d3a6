// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/** Parses addresses in the text forms of RFC 4291. Never asks a name server. */
public final class AddressText {
    private static final int GROUPS = 8;
    private static final Pattern DECIMAL = Pattern.compile("\\d{1,3}");
    private static final Pattern HEXADECIMAL = Pattern.compile("[0-9a-fA-F]{1,4}");

    private AddressText() {}

    /** Returns the address, or null if the text is none. */
    public static IpAddress parse(String text) {
        if (text.indexOf(':') >= 0) {
            return parseV6(text);
        }
        ByteBuffer bytes = ByteBuffer.allocate(4);
        return putDotted(text, bytes) ? IpAddress.read(bytes, 0, false) : null;
    }

    private static boolean putDotted(String text, ByteBuffer to) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return false;
        }
        for (String part : parts) {
            if (!DECIMAL.matcher(part).matches() || Integer.parseInt(part) > 255) {
                return false;
            }
            to.put((byte) Integer.parseInt(part));
        }
        return true;
    }

    private static IpAddress parseV6(String text) {
        int gap = text.indexOf("::");
        ByteBuffer head = ByteBuffer.allocate(IpAddress.MAX_LENGTH);
        ByteBuffer tail = ByteBuffer.allocate(IpAddress.MAX_LENGTH);
        if (gap < 0) {
            boolean complete = putGroups(text, head) && !head.hasRemaining();
            return complete ? IpAddress.read(head, 0, true) : null;
        }
        if (!putGroups(text.substring(0, gap), head) || !putGroups(text.substring(gap + 2), tail)) {
            return null;
        }
        if (head.position() + tail.position() > (GROUPS - 1) * 2) {
            return null;
        }
        head.put(IpAddress.MAX_LENGTH - tail.position(), tail.array(), 0, tail.position());
        return IpAddress.read(head, 0, true);
    }

    private static boolean putGroups(String text, ByteBuffer to) {
        if (text.isEmpty()) {
            return true;
        }
        String[] groups = text.split(":", -1);
        for (int i = 0; i < groups.length; i++) {
            boolean last = i == groups.length - 1;
            if (last && groups[i].indexOf('.') >= 0) {
                return to.remaining() >= 4 && putDotted(groups[i], to);
            }
            if (!HEXADECIMAL.matcher(groups[i]).matches() || to.remaining() < 2) {
                return false;
            }
            to.putShort((short) Integer.parseInt(groups[i], 16));
        }
        return true;
    }
}
