// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Watches the causes that make the log incomplete, with one class for each cause. Thread main calls each once a second
 * and queues its notices. Imports {@code flow}, {@code linux} and counts of lower floors.
 * Invariant: no flow passes through here, and a watch repairs only by an interface that it is given.
 */
package net.conntracklogger.health;
