// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The command {@code conntrack-logger} and its subcommands.
 *
 * <p>May import every other package; none but its own imports this one. Only this package and those below import picocli.
 *
 * <p>Invariant: results go to standard output, messages for people to standard error. The service does not load this
 * package.
 */
package net.conntracklogger.cli;
