// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What the service says of itself beside the entries of flows. Holds the findings of its watches, the status line and
 * watchdog of systemd, and statistics and their file. Holds also the time of the last sign of life, and the request to
 * archive.
 *
 * <p>Imports {@code health} and what stands below it.
 *
 * <p>Invariant: counts and reports, changes nothing on the way of a flow.
 */
package net.conntracklogger.status;
