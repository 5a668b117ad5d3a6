// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Notifies systemd of the state of the service, and leaves descriptors with it, sd_notify(3).
 *
 * <p>Imports {@code linux} and jnr-unixsocket only.
 *
 * <p>Invariant: never decides what the state is, and what a descriptor is.
 */
package net.conntracklogger.systemd;
