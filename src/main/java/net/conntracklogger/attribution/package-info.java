// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Decides which process and which direction a flow has. BPF records come first, then sockets.
 * Imports its subpackages and the packages below them.
 *
 * <p>Invariant: names no process that may be the wrong one; waits for no flow longer than a tenth of a second; never blocks
 * on the journal or on NSS.
 */
package net.conntracklogger.attribution;
