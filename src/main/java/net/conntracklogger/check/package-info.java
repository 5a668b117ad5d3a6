// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Checks a host before and while it logs flows. Returns one finding, with its remedy, for each thing that can be wrong.
 *
 * <p>Imports {@code answer}, {@code history} and its packages, {@code config}, {@code filter}, {@code watch},
 * {@code identity}, {@code terminal}, {@code linux} and the JDK.
 *
 * <p>Invariant: changes nothing. What a user may not read is reported as not checked, never as right.
 */
package net.conntracklogger.check;
