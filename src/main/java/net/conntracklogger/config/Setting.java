// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

import java.nio.file.Path;

/** A {@code Key=Value} line with its place in a file. */
record Setting(Path file, int line, String section, String key, String value) {
    /** Returns {@code FILE:LINE}. */
    String place() {
        return file + ":" + line;
    }

    /** Returns an error that names file, line and key. */
    ConfigurationException wrong(String reason) {
        return new ConfigurationException("%s: [%s] %s=%s: %s".formatted(place(), section, key, value, reason));
    }
}
