// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What the service says of itself beside the entries of flows. This is the findings of its watches, the status line and
 * watchdog of systemd, statistics and their file, the time of its last sign of life, and the request to archive.
 *
 * <p>Imports {@code health} and what stands below it.
 *
 * <p>Invariant: counts and reports, changes nothing on the way of a flow.
 */
package net.conntracklogger.status;
