// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.linux.netlink;

import static net.conntracklogger.linux.netlink.NetlinkHeader.NLMSG_ERROR;
import static net.conntracklogger.linux.netlink.NetlinkHeader.NLM_F_ACK_TLVS;
import static net.conntracklogger.linux.netlink.NetlinkHeader.NLM_F_CAPPED;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Reads the messages that end an exchange. {@code NLMSG_ERROR} has a
 * {@code struct nlmsgerr {int error; struct nlmsghdr msg}} and, unless {@code NLM_F_CAPPED} is set, the rest of the
 * request. {@code NLMSG_DONE} has an {@code int}. In both, attributes may follow in which the kernel explains the error
 * (extended ACK, {@code enum nlmsgerr_attrs}).
 */
final class NetlinkError {
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int ERROR = NetlinkHeader.SIZE;
    private static final int ERROR_END = ERROR + Integer.BYTES;

    private NetlinkError() {}

    /** Returns 0 or {@code -errno}. A message without a number means success. */
    static int result(ByteBuffer bytes, int message) {
        return NetlinkHeader.length(bytes, message) < ERROR_END ? 0 : Math.min(0, bytes.getInt(message + ERROR));
    }

    /** Returns the kernel's explanation, or an empty string if the message has none. */
    static String explanation(ByteBuffer bytes, int message) {
        int end = message + NetlinkHeader.length(bytes, message);
        if ((NetlinkHeader.flags(bytes, message) & NLM_F_ACK_TLVS) == 0) {
            return "";
        }
        int text = NetlinkAttributes.find(bytes, attributes(bytes, message, end), end, NLMSGERR_ATTR_MSG);
        if (text < 0) {
            return "";
        }
        byte[] encoded = new byte[NetlinkAttributes.end(bytes, text) - text];
        bytes.get(text, encoded);
        // A C string, NUL included.
        return new String(encoded, StandardCharsets.UTF_8).replace("\0", "");
    }

    /** Returns where the attributes begin; {@code end} if the message is too short for any. */
    private static int attributes(ByteBuffer bytes, int message, int end) {
        int at = message + ERROR_END;
        if (NetlinkHeader.type(bytes, message) != NLMSG_ERROR) {
            return at;
        }
        if (end - at < NetlinkHeader.SIZE) {
            return end;
        }
        boolean capped = (NetlinkHeader.flags(bytes, message) & NLM_F_CAPPED) != 0;
        int request = capped ? NetlinkHeader.SIZE : NetlinkHeader.length(bytes, at);
        return request < NetlinkHeader.SIZE || request > end - at ? end : at + NetlinkAttributes.align(request);
    }
}
