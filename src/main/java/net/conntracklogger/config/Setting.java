// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;

/** A {@code Key=Value} line, and where it stands. */
record Setting(Path file, int line, String section, String key, String value) {
    String place() {
        return file + ":" + line;
    }

    ConfigurationException wrong(String reason) {
        return new ConfigurationException("%s: [%s] %s=%s: %s".formatted(place(), section, key, value, reason));
    }
}
