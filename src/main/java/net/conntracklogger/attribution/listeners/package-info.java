// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Lists which process holds which socket, with the BPF iterator over file descriptors. Imports {@code attribution.records}
 * and the packages below it.
 *
 * <p>Invariant: names a process only if it is certain that the process still holds the socket and runs the same program.
 */
package net.conntracklogger.attribution.listeners;
