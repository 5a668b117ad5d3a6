// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Rules about flows: what {@code Include=} and {@code Exclude=} say, parsed and evaluated.
 *
 * <p>Imports {@code flow} only.
 *
 * <p>Invariant: a rule never guesses. If a value that it needs is unknown, its result is {@link Truth#UNKNOWN}.
 */
package net.conntracklogger.filter;
