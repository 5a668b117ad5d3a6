// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Watches over what makes the log incomplete, one for each cause. Each is checked once a second and answers with a notice.
 * Imports {@code flow}, {@code linux} and the counts of {@code attribution.records}.
 * Invariant: no flow passes through here, and no watch repairs what it reports.
 */
package net.conntracklogger.health;
