// SPDX-License-Identifier: GPL-3.0-or-later

/**
 * Netlink (netlink(7)): sockets, requests and their answers, messages and attributes. Imports {@code linux} and {@code flow}
 * only. Invariant: knows no family; rtnetlink, netfilter and attribution.sockets interpret the messages.
 */
package net.conntracklogger.linux.netlink;
