// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.flow;

/**
 * A name that this host resolved to the destination of a flow.
 *
 * @param text the name in the query, in lower case; if that is an alias, not the canonical name
 * @param asked when the answer came, microseconds since the epoch
 */
public record DestinationName(RawText text, long asked) {}
