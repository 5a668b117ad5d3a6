// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

/**
 * A socket as sock_diag(7) or {@code /proc/net} shows it.
 *
 * @param number unique number: the cookie ({@code SO_COOKIE}, socket(7)); of a ping socket the inode
 * @param port local port, 0 to 65535; of a ping socket the identifier of its echo requests
 * @param inode inode in {@code /proc/PID/fd}; 0 if no process holds the socket any more
 * @param uid user of the socket; undefined if the inode is 0
 * @param cgroupId id of the cgroup that created the socket; 0 if unknown
 * @param listening whether the socket is a TCP listener
 * @param connected whether the socket has a peer, so that it serves one flow only
 */
record DiagSocket(long number, int port, long inode, long uid, long cgroupId, boolean listening, boolean connected) {}
