// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Netlink (netlink(7)): sockets, requests and their answers, messages and attributes. Imports {@code linux} and {@code flow}
 * only. Invariant: knows no family; what a message means is for rtnetlink, netfilter and attribution.sockets to say.
 */
package net.conntracklogger.linux.netlink;
