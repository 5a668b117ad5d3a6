// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import com.sun.jna.Native;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import net.conntracklogger.linux.LinuxException;

/**
 * A network namespace with one thread. The sockets that the thread opens, and the processes and threads that it starts, are in
 * the namespace too. The kernel removes the namespace when all of them are gone.
 */
public final class OwnNetwork implements AutoCloseable {
    /** The IPv4 address of a namespace that {@link #join} connects to another. */
    public static final String NEAR = "10.77.0.2";
    /** The IPv4 address of the other namespace. */
    public static final String FAR = "10.77.0.1";

    public static final String NEAR6 = "fd00:10:77::2";
    public static final String FAR6 = "fd00:10:77::1";

    /** {@code linux/sched.h} */
    private static final int CLONE_NEWNET = 0x40000000;

    /** Shorter than the timeout of a test, so that the failure shows where the body hangs. */
    static final long PATIENCE_SECONDS = 50;

    static {
        Native.register(OwnNetwork.class, "c");
    }

    private final ExecutorService executor = Executors.newSingleThreadExecutor(this::newThread);
    private volatile Thread thread;

    /** {@code int unshare(int flags);} */
    private static native int unshare(int flags);

    /** {@code pid_t gettid(void);} */
    private static native int gettid();

    /** Returns the id of the calling thread, by which ip(8) finds its network namespace. */
    public static int thread() {
        return gettid();
    }

    /** Creates a namespace that has a loopback interface only. */
    public static OwnNetwork create() throws Exception {
        OwnNetwork network = new OwnNetwork();
        try {
            network.call(() -> {
                if (unshare(CLONE_NEWNET) < 0) {
                    throw LinuxException.last("unshare", "the network namespace", "needs root");
                }
                Child.run("ip", "link", "set", "lo", "up");
                // Permits ping sockets to root. Each thread sees the file of its own namespace.
                Files.writeString(Path.of("/proc/sys/net/ipv4/ping_group_range"), "0 0");
                return null;
            });
            return network;
        } catch (Throwable e) {
            network.close();
            throw e;
        }
    }

    private Thread newThread(Runnable task) {
        thread = new Thread(task, "own-network");
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Connects this namespace to another by a cable. This end has the addresses {@link #NEAR} and {@link #NEAR6}, the other
     * end {@link #FAR} and {@link #FAR6}. The other namespace is the default route of this one, and accepts all packets to
     * 10.78.0.0/16 and fd00:10:78::/64.
     */
    public void join(OwnNetwork far) throws Exception {
        int tid = far.call(OwnNetwork::thread);
        call(() -> Child.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "" + tid));
        far.call(() -> Child.ip(
                "address add 10.77.0.1/24 broadcast + dev eth0",
                "address add fd00:10:77::1/64 dev eth0 nodad",
                "link set eth0 up",
                "route add local 10.78.0.0/16 dev lo",
                "route add local fd00:10:78::/64 dev lo"));
        call(() -> Child.ip(
                "address add 10.77.0.2/24 broadcast + dev eth0",
                "address add fd00:10:77::2/64 dev eth0 nodad",
                "link set eth0 up",
                "route add default via 10.77.0.1",
                "route add ::/0 via fd00:10:77::1"));
        far.call(() -> awaitLocal("fd00:10:77::1"));
        call(() -> awaitLocal("fd00:10:77::2"));
    }

    /** Waits for the local route of an IPv6 address, which the kernel adds a moment after the address itself. */
    private static Void awaitLocal(String address) throws Exception {
        Wait.until(
                "there is a local route for " + address,
                () -> Child.run("ip", "-6", "route", "show", "table", "local").contains(address));
        return null;
    }

    /** Adds a pair of interfaces of this name, one here and one in the namespace of the calling thread. */
    public void link(String device) throws Exception {
        int tid = call(OwnNetwork::thread);
        Child.ip("link add " + device + " type veth peer name " + device + " netns " + tid);
    }

    /** Starts a process that stays in the namespace, so that /proc shows the namespace. */
    public Child resident() throws Exception {
        return call(() -> Child.start("sleep", "infinity"));
    }

    /** Sends a datagram within the namespace. */
    public void sendWithin() throws Exception {
        call(() -> {
            try (DatagramChannel socket = DatagramChannel.open()) {
                Endpoint.send(socket, Endpoint.at("127.0.0.1", 9));
                return null;
            }
        });
    }

    /** Returns a file of /proc that stands for the namespace. */
    public Path file() throws Exception {
        return Path.of("/proc/self/task", call(OwnNetwork::thread) + "/ns/net");
    }

    /** Returns the inode number by which the kernel identifies the namespace. */
    public long inode() throws Exception {
        return (Long) Files.getAttribute(file(), "unix:ino");
    }

    /**
     * Runs the body in this namespace and waits for its end.
     *
     * @throws Exception if the body throws it
     */
    public <T> T call(Callable<T> body) throws Exception {
        return call(body, PATIENCE_SECONDS);
    }

    /** Runs the body as {@link #call(Callable)} does, and waits for its end for so many seconds. */
    <T> T call(Callable<T> body, long patience) throws Exception {
        Future<T> result = executor.submit(body);
        try {
            return result.get(patience, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (Exception) e.getCause();
        } catch (TimeoutException e) {
            AssertionError hung = new AssertionError("hangs after " + patience + " s", e);
            hung.setStackTrace(thread.getStackTrace());
            throw hung;
        }
    }

    /** Ends the thread, and with it each {@link Child} that the thread started. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
