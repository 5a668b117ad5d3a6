// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The request to stop the service: SIGTERM, SIGINT, SIGHUP unless {@link ReloadSignal} takes it, or the failure of a
 * thread. A signal makes the JVM run its
 * shutdown hooks. The hook of this object waits until the service has written everything, then ends the JVM with the exit
 * code of the service instead of 143.
 */
final class StopRequest implements Consumer<Throwable> {
    /** What {@link #wake} adds, which is no request to stop. */
    private static final Optional<Throwable> AWAKE = Optional.of(new IllegalStateException("awake"));

    /** A failure, or empty for a signal. */
    private final BlockingQueue<Optional<Throwable>> reasons = new LinkedBlockingQueue<>();

    private final CompletableFuture<Integer> finished = new CompletableFuture<>();
    private final Thread hook = new Thread(this::endByHook, "stop");

    /** Installs the shutdown hook, which {@link #finish} removes. */
    StopRequest() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void endByHook() {
        reasons.add(Optional.empty());
        Runtime.getRuntime().halt(finished.join());
    }

    /** Requests a stop because a thread failed. Thread-safe. */
    @Override
    public void accept(Throwable failure) {
        reasons.add(Optional.of(failure));
    }

    /** Lets a thread that waits for the request go on at once. Thread-safe. */
    void wake() {
        reasons.add(AWAKE);
    }

    /**
     * Waits for the request. Reports whether it came within this time, or before {@link #wake}.
     *
     * @throws ServiceFailure if a thread failed
     */
    boolean await(long milliseconds) throws InterruptedException, ServiceFailure {
        Optional<Throwable> reason = reasons.poll(milliseconds, TimeUnit.MILLISECONDS);
        if (reason == null || isAwake(reason)) {
            return false;
        }
        if (reason.isPresent()) {
            throw new ServiceFailure(reason.get());
        }
        return true;
    }

    private static boolean isAwake(Optional<Throwable> reason) {
        return reason.isPresent() && reason.get() == AWAKE.get();
    }

    /** Declares that the service has ended with this exit code. */
    void finish(int status) {
        finished.complete(status);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came: the hook ends the JVM.
        }
    }
}
