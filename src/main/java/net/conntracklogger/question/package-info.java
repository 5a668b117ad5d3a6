// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Turns what people and alerts write into a question. A question has the flows, and the span of time.
 *
 * <p>Imports {@code history.query}, {@code flow} and the JDK.
 *
 * <p>Invariant: resolves no names and reads no file but a watch list. A text with two meanings is an error that says what to write.
 */
package net.conntracklogger.question;
