// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Enables connection tracking and probes whether flows are tracked. The service adds an nft table of its own and sets
 * the sysctls of conntrack.
 *
 * <p>Imports {@code netfilter}, {@code handover} and {@code linux}.
 *
 * <p>Invariant: touches no packet, and restores what it changed.
 */
package net.conntracklogger.netfilter.tracking;
