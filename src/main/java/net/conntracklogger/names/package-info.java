// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Keeps the names that this host looked up to get addresses. They are in the DNS answers that the BPF programs copy.
 *
 * <p>Imports {@code flow}, {@code concurrent}, {@code linux}, {@code linux.bpf} and dnsjava. Only this package knows dnsjava.
 *
 * <p>Invariant: never sends a DNS query. dnsjava is not loaded before the first answer.
 */
package net.conntracklogger.names;
