// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Enables connection tracking: the nft table of the service, the sysctls of conntrack, and a probe of whether flows are tracked.
 *
 * <p>Imports {@code netfilter}, {@code handover} and {@code linux}.
 *
 * <p>Invariant: touches no packet, and restores what it changed.
 */
package net.conntracklogger.netfilter.tracking;
