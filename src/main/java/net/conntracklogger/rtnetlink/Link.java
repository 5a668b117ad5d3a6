// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import net.conntracklogger.linux.netlink.NetlinkAttributes;

/**
 * A network device of this namespace.
 *
 * @param name of the interface, such as {@code eth0}
 * @param kind {@code IFLA_INFO_KIND}, such as {@code veth}; empty for hardware and {@code lo}
 */
public record Link(String name, String kind) {
    /** {@code linux/if_link.h} */
    private static final int IFLA_IFNAME = 3;

    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;

    /** Reads the attributes of a link message. */
    static Link read(ByteBuffer bytes, int from, int end) {
        int info = NetlinkAttributes.find(bytes, from, end, IFLA_LINKINFO);
        String kind = info < 0 ? "" : text(bytes, info, NetlinkAttributes.end(bytes, info), IFLA_INFO_KIND);
        return new Link(text(bytes, from, end, IFLA_IFNAME), kind);
    }

    /** Returns the string in an attribute; empty if there is none. The string is without the NUL at its end. */
    private static String text(ByteBuffer bytes, int from, int end, int attribute) {
        int value = NetlinkAttributes.find(bytes, from, end, attribute);
        if (value < 0) {
            return "";
        }
        byte[] text = new byte[NetlinkAttributes.end(bytes, value) - value];
        bytes.get(value, text);
        return new String(text, StandardCharsets.UTF_8).replace("\0", "");
    }

    /** Reports whether packets that leave by the device may reach a container on this host. */
    public boolean leadsToContainers() {
        return switch (kind) {
            case "bridge", "veth", "macvlan", "ipvlan", "openvswitch" -> true;
            default -> false;
        };
    }

    boolean isVrf() {
        return kind.equals("vrf");
    }
}
