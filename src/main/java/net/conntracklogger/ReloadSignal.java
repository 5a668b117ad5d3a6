// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGHUP as the request to read the configuration again. Until this object is created, SIGHUP ends the JVM as SIGTERM
 * does.
 */
final class ReloadSignal {
    private static final String SIGNAL = "HUP";

    private final AtomicBoolean received = new AtomicBoolean();

    /**
     * Takes over the signal for the rest of the JVM's life.
     *
     * @param wake called after each signal, in a thread of the JVM
     */
    ReloadSignal(Runnable wake) {
        handle(() -> {
            received.set(true);
            wake.run();
        });
    }

    /** Reports whether the signal came since the last call. */
    boolean take() {
        return received.getAndSet(false);
    }

    /**
     * Calls {@code sun.misc.Signal.handle} of module {@code jdk.unsupported}. The JDK keeps it until it has a
     * replacement (JEP 260). By reflection, because javac warns of each direct use and the warning cannot be
     * suppressed.
     */
    private static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        action.run();
                        return null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(SIGNAL), proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JVM cannot handle SIG" + SIGNAL, e);
        }
    }
}
