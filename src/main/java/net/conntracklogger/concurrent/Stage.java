// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.concurrent;

/** The work of one thread, apart from the thread. */
public interface Stage {
    /**
     * Does a piece of work, or waits for some for a moment; then the thread is seen to be alive.
     *
     * @throws Exception ends the stage, and with it the service
     */
    void work() throws Exception;

    /** Called once, after the last {@link #work}, to pass on what is still there. */
    void finish() throws Exception;
}
