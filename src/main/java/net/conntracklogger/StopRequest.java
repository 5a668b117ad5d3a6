// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The request to stop the service: a signal or the failure of a thread. The signals are SIGTERM, SIGINT, and SIGHUP
 * unless {@link ReloadSignal} takes it. A signal makes the JVM run its shutdown hooks. The hook of this object waits
 * until the service has written everything, then ends the JVM with the exit code of the service instead of 143. A
 * service that is still starting has written nothing: the hook waits briefly for it.
 */
final class StopRequest implements Consumer<Throwable> {
    /** What {@link #wake} adds, which is no request to stop. */
    private static final Optional<Throwable> AWAKE = Optional.of(new IllegalStateException("awake"));

    /** A failure, or empty for a signal. */
    private final BlockingQueue<Optional<Throwable>> reasons = new LinkedBlockingQueue<>();

    /** Maximum time after a signal for the start to complete or fail. It takes longer only if something in it hangs. */
    private static final long START_PATIENCE_MILLIS = 5000;
    /** Exit code of a JVM that SIGTERM ends. */
    private static final int TERMINATED = 143;

    private final long startPatience;
    private final CountDownLatch started = new CountDownLatch(1);
    private final CompletableFuture<Integer> finished = new CompletableFuture<>();
    private final Thread hook = new Thread(this::endByHook, "stop");

    /** Installs the shutdown hook, which {@link #finish} removes. */
    StopRequest() {
        this(START_PATIENCE_MILLIS);
    }

    /** @param startPatience milliseconds that the hook waits for a service that has not started */
    StopRequest(long startPatience) {
        this.startPatience = startPatience;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void endByHook() {
        reasons.add(Optional.empty());
        boolean hasStarted;
        try {
            hasStarted = started.await(startPatience, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            hasStarted = false;
        }
        Runtime.getRuntime().halt(hasStarted ? finished.join() : TERMINATED);
    }

    /** Declares that the service has started. From now on it has entries to write before it ends. */
    void started() {
        started.countDown();
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
        started.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came: the hook ends the JVM.
        }
    }
}
