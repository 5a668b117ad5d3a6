// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.attribution.sockets;

/**
 * A socket as the kernel describes it.
 *
 * @param number no other socket has it: its cookie ({@code SO_COOKIE}, socket(7)); of a ping socket its inode
 * @param port the local one; of a ping socket the identifier of its echo requests
 * @param inode that names it in {@code /proc/PID/fd}; 0 where no process has it any more
 * @param uid its user; means nothing where the inode is 0
 * @param cgroupId id of the control group in which it was made, 0 where not told
 * @param listening whether it is a TCP socket that listens
 * @param connected whether it has a peer: then it is this flow's own socket, not one that serves many
 */
record DiagSocket(long number, int port, long inode, long uid, long cgroupId, boolean listening, boolean connected) {}
