// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Flows that one entry sums up, counted exactly: repeats ({@code Aggregate=}) and floods ({@code FloodRate=}).
 * Imports {@code delivery}, {@code handover}, {@code config} and {@code flow}.
 * Invariant: a flow is counted in one summary or stays whole. Memory is bounded; flows that do not fit stay whole.
 */
package net.conntracklogger.summary;
