// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads what the BPF programs of {@code src/main/bpf} recorded about flows and processes. Imports {@code identity} and the
 * packages below it.
 *
 * <p>Invariant: a lookup never waits; a record that may belong to another flow is not returned as found.
 */
package net.conntracklogger.attribution.records;
