// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Conntrack: events, the table, single lookups, its sysctls, and the nftables table that enables it. Imports
 * {@code flow}, {@code concurrent}, {@code linux}, {@code linux.netlink} and {@code rtnetlink} only. Invariant: knows no owner of a flow,
 * and waits at most a second for the kernel unless the caller requests more.
 */
package net.conntracklogger.netfilter;
