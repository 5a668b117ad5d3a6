// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import com.sun.jna.Native;
import java.io.IOException;
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
 * A network namespace in which one thread lives; so do the sockets that it opens and the processes and threads that it
 * starts. The kernel removes it when all of them are gone.
 */
public final class OwnNetwork implements AutoCloseable {
    /** {@code linux/sched.h} */
    private static final int CLONE_NEWNET = 0x40000000;

    /** Far longer than any test needs: only what hangs runs into it. */
    private static final long PATIENCE_SECONDS = 60;

    static {
        Native.register(OwnNetwork.class, "c");
    }

    private final ExecutorService executor = Executors.newSingleThreadExecutor(this::newThread);
    private volatile Thread thread;

    /** {@code int unshare(int flags);} */
    private static native int unshare(int flags);

    /** {@code pid_t gettid(void);} */
    private static native int gettid();

    /** The id of the thread that calls this: to ip(8), the name of its network. */
    public static int thread() {
        return gettid();
    }

    /** Makes one, with nothing but loopback. */
    public static OwnNetwork create() throws Throwable {
        OwnNetwork network = new OwnNetwork();
        try {
            network.call(() -> {
                if (unshare(CLONE_NEWNET) < 0) {
                    throw LinuxException.last("unshare", "the network namespace", "needs root");
                }
                Child.run("ip", "link", "set", "lo", "up");
                // Lets root open ping sockets. Of these files each thread sees those of its own namespace.
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
     * Joins this network to another by a cable: 10.77.0.2 and fd00:10:77::2 here, 10.77.0.1 and fd00:10:77::1 there. The
     * far end is also the way to everywhere, and answers for all of 10.78.0.0/16 and fd00:10:78::/64.
     */
    public void join(OwnNetwork far) throws Throwable {
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

    /** An IPv6 address can be used a moment before the kernel has added it to its local routes. */
    private static boolean awaitLocal(String address) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Child.run("ip", "-6", "route", "show", "table", "local").contains(address)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("no local route for " + address);
            }
        }
        return true;
    }

    /**
     * Runs the body in this network, and waits for its end.
     *
     * @throws Throwable what the body throws
     */
    public <T> T call(Callable<T> body) throws Throwable {
        Future<T> result = executor.submit(body);
        try {
            return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        } catch (TimeoutException e) {
            AssertionError hung = new AssertionError("hangs here", e);
            hung.setStackTrace(thread.getStackTrace());
            throw hung;
        }
    }

    /** Ends the thread; what processes {@link Child} started from it end with it. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}
