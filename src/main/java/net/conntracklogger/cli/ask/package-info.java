// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The commands that ask the log: {@code who}, {@code report} and {@code top}.
 *
 * <p>May import every other package but {@code cli}.
 *
 * <p>Invariant: one answer, one exit code: a doubt is never printed as a certainty.
 */
package net.conntracklogger.cli.ask;
