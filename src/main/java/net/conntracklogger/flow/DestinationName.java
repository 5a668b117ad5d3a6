// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A name that this host had looked up to get the address that a flow goes to.
 *
 * @param text the name that was asked for, in lower case; not the one that it is an alias of
 * @param asked when the answer came, microseconds since the epoch
 */
public record DestinationName(RawText text, long asked) {}
