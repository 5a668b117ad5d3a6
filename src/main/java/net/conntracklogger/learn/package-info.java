// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What a unit did in the past, as rules for an expectation. Also what expectations would have flagged.
 *
 * <p>Imports {@code history}, {@code filter}, {@code flow} and {@code process}.
 *
 * <p>Invariant: the rules allow every flow that they were made of. What a stranger chose, such as a name, adds no condition.
 */
package net.conntracklogger.learn;
