// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.page;

import java.util.List;
import java.util.stream.Stream;
import net.conntracklogger.testbed.Child;

/** The booted machine whose page is looked at. */
record Machine(String name) {
    /** Runs a command in it, which must succeed, and returns its output. */
    String run(String... command) throws Exception {
        List<String> all = Stream.concat(Stream.of("src/test/system/machine", "run", name), Stream.of(command))
                .toList();
        return Child.run(all.toArray(String[]::new));
    }

    /** Runs a command as a service of its own, and returns when it has ended. */
    void runAsService(String unit, String... command) throws Exception {
        List<String> all = Stream.concat(
                        Stream.of("systemd-run", "--quiet", "--wait", "--collect", "--unit=" + unit),
                        Stream.of(command))
                .toList();
        run(all.toArray(String[]::new));
    }

    /** Waits until the service has written what it saw, and returns the time after that, seconds since the epoch. */
    long sync() throws Exception {
        Thread.sleep(300);
        run("journalctl", "--sync");
        return Long.parseLong(run("date", "+%s").strip());
    }
}
