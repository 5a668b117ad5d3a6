// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import net.conntracklogger.config.Configuration;
import net.conntracklogger.config.ConfigurationChange;
import net.conntracklogger.config.ConfigurationException;
import net.conntracklogger.config.ConfigurationReader;
import net.conntracklogger.flow.Notice;

/**
 * Reads the configuration again while the service runs. A wrong one changes nothing. Called by thread main only.
 */
final class Reload {
    private final Path file;
    private final Consumer<Configuration> apply;
    private final Consumer<Notice> notices;
    private Configuration running;
    private String status = "";

    /**
     * Reads nothing yet.
     *
     * @param file the configuration file, which may be absent
     * @param running the configuration of the start
     * @param apply takes each new configuration, which differs only in keys that can change
     * @param notices receives the result of each reload
     */
    Reload(Path file, Configuration running, Consumer<Configuration> apply, Consumer<Notice> notices) {
        this.file = file;
        this.running = running;
        this.apply = apply;
        this.notices = notices;
    }

    /** Reads the configuration and applies it, or reports what is wrong. */
    void run() {
        try {
            ConfigurationChange change = ConfigurationChange.of(running, ConfigurationReader.read(file));
            running = change.applied();
            apply.accept(running);
            notices.accept(new Notice(Notice.Kind.CONFIGURATION_RELOADED, text(change)));
            status = change.deferred().isEmpty() ? "" : "restart needed for " + keys(change.deferred());
        } catch (ConfigurationException e) {
            status = "configuration not reloaded: " + e.getMessage();
            notices.accept(new Notice(
                    Notice.Kind.CONFIGURATION_REFUSED,
                    status + "; the previous one stays in effect; correct it and run"
                            + " \"systemctl reload conntrack-logger\""));
        }
    }

    private static String text(ConfigurationChange change) {
        String changed = change.changed().isEmpty() ? "nothing changed" : keys(change.changed()) + " changed";
        return change.deferred().isEmpty()
                ? "configuration reloaded: " + changed
                : "configuration reloaded: %s; restart needed for %s; run \"systemctl restart conntrack-logger\""
                        .formatted(changed, keys(change.deferred()));
    }

    private static String keys(List<String> names) {
        return names.stream().map(name -> name + "=").collect(Collectors.joining(" "));
    }

    /**
     * Returns the status line's part about the last reload. Returns an empty string if all of the configuration
     * applies.
     */
    String status() {
        return status;
    }
}
