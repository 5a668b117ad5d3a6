// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads conntrack-logger.conf(5) and its drop-ins.
 *
 * <p>Imports {@code flow} and the JDK.
 *
 * <p>Invariant: never guesses. An unknown section or key, or a bad value, is an error that names file, line and key.
 */
package net.conntracklogger.config;
