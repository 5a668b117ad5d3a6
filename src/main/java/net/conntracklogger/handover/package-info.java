// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * What a process of the service leaves for the next one. It leaves descriptors, and memory that holds the events whose
 * entries are not written yet. Neither a restart nor a kill loses them.
 * Imports {@code flow}, {@code systemd} and {@code linux}.
 *
 * <p>Invariant: the memory is right after each single store, because the process can be killed between any two.
 */
package net.conntracklogger.handover;
