// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Finds owners by the sockets that still exist: sock_diag(7), {@code /proc/net} and {@code /proc/PID/fd}.
 *
 * <p>Imports {@code attribution.holders}, {@code identity}, {@code process}, {@code flow} and the {@code linux} packages.
 *
 * <p>Invariant: never reports a process that is not known to have held the socket when the flow began; such a flow gets a
 * {@code PID_REASON}. Never reads BPF maps.
 */
package net.conntracklogger.attribution.sockets;
