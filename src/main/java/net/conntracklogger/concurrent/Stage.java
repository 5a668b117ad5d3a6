// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

/** The work of a thread, apart from the thread. */
@FunctionalInterface
public interface Stage {
    /**
     * Does a piece of work, or waits a moment for some. The thread ends only between two calls, and its progress is seen
     * only then, so a call takes half a second at most when there is nothing to do.
     *
     * @throws Exception if the stage cannot go on; this ends the service
     */
    void work() throws Exception;

    /**
     * Passes on what the stage still holds. Called once, after the last call of {@link #work}. Does nothing by default.
     *
     * @throws Exception if that fails; this ends the service
     */
    default void finish() throws Exception {}
}
