// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Watches the causes that make the log incomplete, with one class for each cause. Thread main calls each once a second
 * and queues its notices. Imports {@code flow}, {@code linux} and the counts of {@code attribution.records}.
 * Invariant: no flow passes through here, and no watch repairs what it reports.
 */
package net.conntracklogger.health;
