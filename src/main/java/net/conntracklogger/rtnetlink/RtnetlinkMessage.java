// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.ByteBuffer;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LibC;
import net.conntracklogger.linux.netlink.NetlinkAttributes;
import net.conntracklogger.linux.netlink.NetlinkHeader;

/**
 * Decodes a message about an address, a route or a link, as {@code linux/rtnetlink.h} defines it. Methods that read the fixed part
 * of a route or a link require {@link #isRoute} or {@link #isLink}.
 *
 * @param bytes the datagram, in native byte order
 * @param start offset of the message's {@code struct nlmsghdr}
 */
record RtnetlinkMessage(ByteBuffer bytes, int start) {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RT_TABLE_LOCAL = 255;
    static final int RTN_UNSPEC = 0;
    static final int RTN_LOCAL = 2;
    static final int RTN_BROADCAST = 3;
    static final int RTN_ANYCAST = 4;
    private static final int RTA_DST = 1;

    /** {@code linux/if_addr.h} */
    private static final int IFA_ADDRESS = 1;

    private static final int IFA_LOCAL = 2;
    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_TENTATIVE = 0x40;

    /** struct rtmsg {u8 family, dst_len, src_len, tos, table, protocol, scope, type; u32 flags} after nlmsghdr. */
    static final int RTMSG_LENGTH = 12;

    private static final int RTMSG_DST_LEN = NetlinkHeader.SIZE + 1;
    static final int RTMSG_TABLE = NetlinkHeader.SIZE + 4;
    static final int RTMSG_TYPE = NetlinkHeader.SIZE + 7;
    private static final int RTMSG_END = NetlinkHeader.SIZE + RTMSG_LENGTH;

    /** struct ifaddrmsg {u8 family, prefixlen, flags, scope; u32 index} after nlmsghdr. */
    static final int IFADDRMSG_LENGTH = 8;

    private static final int IFADDRMSG_FLAGS = NetlinkHeader.SIZE + 2;
    private static final int IFADDRMSG_END = NetlinkHeader.SIZE + IFADDRMSG_LENGTH;

    /** struct ifinfomsg {u8 family, pad; u16 type; s32 index; u32 flags, change} after nlmsghdr. */
    static final int IFINFOMSG_LENGTH = 16;

    private static final int IFINFOMSG_INDEX = NetlinkHeader.SIZE + 4;
    private static final int IFINFOMSG_FLAGS = NetlinkHeader.SIZE + 8;
    private static final int IFINFOMSG_END = NetlinkHeader.SIZE + IFINFOMSG_LENGTH;

    /** {@code linux/if.h} */
    private static final int IFF_UP = 1;

    private static final int V4_LENGTH = 4;
    private static final int V6_LENGTH = IpAddress.MAX_LENGTH;

    /** Returns the {@code RTM_*} type. */
    int type() {
        return NetlinkHeader.type(bytes, start);
    }

    private int end() {
        return start + NetlinkHeader.length(bytes, start);
    }

    /** Reports whether the message has the fixed part of a link. */
    boolean isLink() {
        return end() - start >= IFINFOMSG_END;
    }

    /** Reports whether the link is up. */
    boolean isUp() {
        return (bytes.getInt(start + IFINFOMSG_FLAGS) & IFF_UP) != 0;
    }

    /** Returns the index of the link. */
    int linkIndex() {
        return bytes.getInt(start + IFINFOMSG_INDEX);
    }

    /** Returns the link. */
    Link link() {
        return Link.read(bytes, start + IFINFOMSG_END, end());
    }

    /**
     * Returns the usable address of an interface; null if there is none. An address that duplicate address detection
     * has not accepted is not usable.
     */
    IpAddress usableAddress() {
        // On a point-to-point link IFA_ADDRESS is the peer's address.
        IpAddress local = value(IFADDRMSG_END, IFA_LOCAL);
        IpAddress address = local != null ? local : value(IFADDRMSG_END, IFA_ADDRESS);
        boolean usable =
                address != null && (bytes.get(start + IFADDRMSG_FLAGS) & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) == 0;
        return usable ? address : null;
    }

    /** Reports whether the message has the fixed part of a route. */
    boolean isRoute() {
        return end() - start >= RTMSG_END;
    }

    /** Reports whether the route adds own or broadcast addresses. */
    boolean isOwnRoute() {
        return switch (bytes.get(start + RTMSG_TYPE)) {
            case RTN_LOCAL -> (bytes.get(start + RTMSG_TABLE) & 0xff) == RT_TABLE_LOCAL;
            case RTN_BROADCAST, RTN_ANYCAST -> true;
            default -> false;
        };
    }

    /** Reports whether the route is of a broadcast address. */
    boolean isBroadcastRoute() {
        return bytes.get(start + RTMSG_TYPE) == RTN_BROADCAST;
    }

    /** Returns the length of the route's prefix in bits. */
    int routeBits() {
        return bytes.get(start + RTMSG_DST_LEN) & 0xff;
    }

    /** Returns the destination of the route; null if it has none. It is all zeros for the default route. */
    IpAddress routeNetwork() {
        return routeBits() == 0 ? new IpAddress(isV6(), 0, 0) : value(RTMSG_END, RTA_DST);
    }

    /**
     * Returns the address in an attribute after the fixed part; null if none. The address must be of the message's
     * family.
     */
    private IpAddress value(int fixed, int attribute) {
        boolean v6 = isV6();
        int value = NetlinkAttributes.find(bytes, start + fixed, end(), attribute);
        return value < 0 || NetlinkAttributes.end(bytes, value) - value != (v6 ? V6_LENGTH : V4_LENGTH)
                ? null
                : IpAddress.read(bytes, value, v6);
    }

    /** Reports whether a message is about IPv6, by the first byte of the fixed part. */
    private boolean isV6() {
        return bytes.get(start + NetlinkHeader.SIZE) == LibC.AF_INET6;
    }
}
