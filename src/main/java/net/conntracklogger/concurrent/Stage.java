// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

/** The work of a thread, apart from the thread. */
@FunctionalInterface
public interface Stage {
    /**
     * Does a piece of work, or waits a moment for some. The thread ends and shows progress only between two calls. So this
     * returns within half a second if there is nothing to do, unless {@link #wake} ends the wait.
     *
     * @throws Exception if the stage cannot go on; this ends the service
     */
    void work() throws Exception;

    /** Ends the wait of {@link #work}, now and later. Called by any thread. Does nothing by default. */
    default void wake() {}

    /**
     * Passes on what the stage still holds. Called once, after the last call of {@link #work}. Does nothing by default.
     *
     * @throws Exception if that fails; this ends the service
     */
    default void finish() throws Exception {}
}
