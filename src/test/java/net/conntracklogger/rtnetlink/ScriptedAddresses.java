// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.rtnetlink;

import static net.conntracklogger.flow.Addresses.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.conntracklogger.flow.IpAddress;
import net.conntracklogger.linux.LinuxException;
import net.conntracklogger.linux.netlink.FakeMessage;
import net.conntracklogger.linux.netlink.FakeNetlink;

/** A monitor of addresses and a scripted kernel. */
abstract class ScriptedAddresses {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int RTA_DST = 1;
    static final int MAIN = 254;
    static final int LOCAL = 255;
    static final int UNICAST = 1;
    static final int TYPE_LOCAL = 2;
    static final int BROADCAST = 3;
    static final int ANYCAST = 4;
    static final int MULTI_INTERRUPTED = 0x12;
    /** Devices, addresses and local routes of both families, broadcast routes, anycast routes. */
    static final int DUMPS = 7;

    final FakeNetlink kernel = FakeNetlink.notifying();
    final List<String> passedOn = new ArrayList<>();
    final List<String> links = new ArrayList<>();
    final AddressMonitor monitor = new AddressMonitor(kernel, new AddressMonitor.Listener() {
        @Override
        public void clear() {
            passedOn.clear();
            passedOn.add("clear");
        }

        @Override
        public void own(IpAddress network, int bits) {
            passedOn.add("own " + network + "/" + bits);
        }

        @Override
        public void link(int index, Link link) {
            links.add(index + " " + link.name() + " " + link.kind());
        }

        @Override
        public void everybody(IpAddress address) {
            passedOn.add("everybody " + address);
        }
    });

    void assertPassedOn(String... expected) throws LinuxException {
        monitor.poll();
        List<String> all = new ArrayList<>(List.of("clear"));
        all.addAll(List.of(expected));
        assertEquals(all, passedOn);
        assertTrue(kernel.isSpent(), "answers are left");
    }

    /** A device that is down: the kernel lists those too. */
    static FakeMessage link(int index, String name, String kind) {
        byte[] text = (kind + "\0").getBytes(StandardCharsets.UTF_8);
        ByteBuffer info = ByteBuffer.allocate(4 + text.length).order(ByteOrder.nativeOrder());
        info.putShort((short) info.capacity()).putShort((short) IFLA_INFO_KIND).put(text);
        FakeMessage message = FakeMessage.of(RTM_NEWLINK)
                .u8(0, 0, 0, 0)
                .u32(index)
                .u32(0)
                .u32(0)
                .attribute(IFLA_IFNAME, (name + "\0").getBytes(StandardCharsets.UTF_8));
        return kind.isEmpty() ? message : message.attribute(IFLA_LINKINFO, info.array());
    }

    static FakeMessage v4(String address, int flags) {
        return FakeMessage.of(RTM_NEWADDR)
                .u8(AF_INET, 24, flags, 0)
                .u32(1)
                .attribute(IFA_ADDRESS, bytes(address))
                .attribute(IFA_LOCAL, bytes(address));
    }

    static FakeMessage v6(String address, int flags) {
        return FakeMessage.of(RTM_NEWADDR).u8(AF_INET6, 64, flags, 0).u32(1).attribute(IFA_ADDRESS, bytes(address));
    }

    static FakeMessage route(int family, int bits, int table, int type, String destination) {
        return FakeMessage.of(RTM_NEWROUTE)
                .u8(family, bits, 0, 0, table, 0, 0, type)
                .u32(0)
                .attribute(RTA_DST, bytes(destination));
    }

    static FakeMessage removed(int table, int type) {
        return FakeMessage.of(RTM_DELROUTE)
                .u8(AF_INET, 32, 0, 0, table, 0, 0, type)
                .u32(0)
                .attribute(RTA_DST, bytes("192.0.2.1"));
    }

    static byte[] bytes(String text) {
        IpAddress address = address(text);
        byte[] bytes = new byte[address.length()];
        address.write(ByteBuffer.wrap(bytes), 0);
        return bytes;
    }
}
