// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The way from the queue to the output. Holds the bounded queue, the stage of thread {@code flow-writer} and the count
 * of losses.
 * Imports {@code flow}, {@code concurrent} and {@code entry}.
 * Invariant: only the writer blocks on the output, and each observation that is dropped is counted.
 */
package net.conntracklogger.delivery;
