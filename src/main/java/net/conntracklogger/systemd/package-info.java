// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Notifies systemd of the state of the service, sd_notify(3).
 *
 * <p>Imports the JDK and jnr-unixsocket only, because the JDK has no UNIX datagram sockets.
 *
 * <p>Invariant: never decides what the state is, and never receives a message.
 */
package net.conntracklogger.systemd;
