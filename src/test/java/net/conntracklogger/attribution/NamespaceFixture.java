// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution;

import static net.conntracklogger.testbed.Endpoint.at;
import static net.conntracklogger.testbed.Endpoint.send;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import net.conntracklogger.netfilter.ConntrackSocket;
import net.conntracklogger.rtnetlink.NetworkNamespaces;
import net.conntracklogger.testbed.Child;
import net.conntracklogger.testbed.OwnNetwork;
import org.junit.jupiter.api.io.TempDir;

/** Events of all network namespaces that have an id, and the addresses there. */
public abstract class NamespaceFixture extends KernelOwnerFixture {
    @TempDir
    Path names;

    @Override
    protected ConntrackSocket listen(int receiveBuffer) throws IOException {
        NetworkNamespaces namespaces = open(new NetworkNamespaces(names, Path.of("/proc")));
        return ConntrackSocket.open(receiveBuffer, /* ends= */ false, Optional.of(namespaces));
    }

    /** As Docker's are made known to ip-netns(8). */
    protected void name(OwnNetwork network, String name) throws Throwable {
        Files.createSymbolicLink(names.resolve(name), file(network));
    }

    protected static Path file(OwnNetwork network) throws Throwable {
        return Path.of("/proc/self/task", network.call(OwnNetwork::thread) + "/ns/net");
    }

    public static long inode(OwnNetwork network) throws Throwable {
        return (Long) Files.getAttribute(file(network), "unix:ino");
    }

    /** A process that stays there, so that the addresses there can be read. */
    public static Child resident(OwnNetwork network) throws Throwable {
        return network.call(() -> Child.start("sleep", "infinity"));
    }

    /** From there to itself. */
    protected static void sendWithin(OwnNetwork network) throws Throwable {
        network.call(() -> {
            try (DatagramChannel socket = DatagramChannel.open()) {
                send(socket, at("127.0.0.1", 9));
                return null;
            }
        });
    }

    /** Without another cable, an interface that leads there. */
    public static void link(OwnNetwork network, String device) throws Throwable {
        Child.run(
                "ip",
                "link",
                "add",
                device,
                "type",
                "veth",
                "peer",
                "name",
                device,
                "netns",
                "" + network.call(OwnNetwork::thread));
    }
}
