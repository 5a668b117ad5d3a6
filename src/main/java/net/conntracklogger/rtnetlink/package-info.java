// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Addresses of this host and ids of network namespaces, by rtnetlink(7). Imports {@code flow}, {@code linux},
 * {@code linux.netlink} and {@code process} only. Invariant: knows no conntrack, and never changes an address, route or
 * namespace.
 */
package net.conntracklogger.rtnetlink;
