// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Results of commands in the formats of {@code --output}.
 *
 * <p>Imports {@code terminal}, {@code history.query}, {@code output} and {@code entry}.
 *
 * <p>Invariant: what a program reads has one format for ever, on standard output.
 */
package net.conntracklogger.cli.output;
