// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.config;

/** A mistake in the configuration. The message names file, line and key, and says what would be right. */
public final class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigurationException(String message) {
        super(message);
    }
}
