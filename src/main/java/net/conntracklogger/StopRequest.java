// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What makes the service end: SIGTERM, SIGINT or SIGHUP, or the failure of one of its threads. A signal makes the JVM run
 * its shutdown hooks; ours waits until all is written, and then ends the JVM with the service's own exit code instead of
 * 143.
 */
final class StopRequest implements Consumer<Throwable> {
    /** Empty where it was asked for, else what failed. */
    private final BlockingQueue<Optional<Throwable>> reasons = new LinkedBlockingQueue<>();

    private final CompletableFuture<Integer> finished = new CompletableFuture<>();
    private final Thread hook = new Thread(this::endByHook, "stop");

    StopRequest() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void endByHook() {
        reasons.add(Optional.empty());
        Runtime.getRuntime().halt(finished.join());
    }

    @Override
    public void accept(Throwable failure) {
        reasons.add(Optional.of(failure));
    }

    /**
     * Waits.
     *
     * @return whether it is time to end
     * @throws ServiceFailure where a thread failed
     */
    boolean await(long milliseconds) throws InterruptedException, ServiceFailure {
        Optional<Throwable> reason = reasons.poll(milliseconds, TimeUnit.MILLISECONDS);
        if (reason == null) {
            return false;
        }
        if (reason.isPresent()) {
            throw new ServiceFailure(reason.get());
        }
        return true;
    }

    /** Says that everything is done, with this exit code. */
    void finish(int status) {
        finished.complete(status);
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The JVM is ending already, by the hook.
        }
    }
}
