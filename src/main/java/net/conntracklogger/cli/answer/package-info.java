// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Answers from one host or many, as {@code who} and {@code learn} print them.
 *
 * <p>Imports {@code cli.output}, {@code answer}, {@code fleet} and what they import.
 *
 * <p>Invariant: every answer has its sentence, in words or as an object.
 */
package net.conntracklogger.cli.answer;
