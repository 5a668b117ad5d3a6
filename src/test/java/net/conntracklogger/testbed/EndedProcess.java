// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.testbed;

import java.io.IOException;

/**
 * A process that has ended, so that only what was recorded while it ran can be known of it.
 *
 * @param mark its last argument, by which its command line is recognised
 */
public record EndedProcess(long pid, String mark) {
    /** Runs a line of bash to its end. The line may fail. */
    public static EndedProcess run(String line, String mark) throws IOException, InterruptedException {
        try (Child child = Child.start("bash", "-c", line, mark)) {
            child.await();
            return new EndedProcess(child.pid(), mark);
        }
    }

    /** Runs a Python program, which must succeed. The mark is its last argument. */
    public static EndedProcess python(String program, String... arguments) throws IOException, InterruptedException {
        try (Child child = Child.python(program, arguments)) {
            int status = child.await();
            if (status != 0) {
                throw new AssertionError(
                        program + ": " + status + " " + child.errors().all());
            }
            return new EndedProcess(child.pid(), arguments[arguments.length - 1]);
        }
    }
}
