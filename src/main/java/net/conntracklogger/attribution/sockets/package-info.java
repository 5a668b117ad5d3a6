// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Finds owners by the sockets that still exist: sock_diag(7), {@code /proc/net} and {@code /proc/PID/fd}.
 *
 * <p>Imports {@code attribution.holders}, {@code identity}, {@code process}, {@code flow} and the {@code linux} packages.
 *
 * <p>Invariant: never reads BPF maps. Every search through processes is bounded by a {@link
 * net.conntracklogger.process.SearchBudget}.
 */
package net.conntracklogger.attribution.sockets;
