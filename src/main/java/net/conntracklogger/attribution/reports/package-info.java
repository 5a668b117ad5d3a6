// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reads what the BPF programs of {@code src/main/bpf} report without a flow: packet sockets, refused attempts. Imports {@code
 * attribution.records} and the packages below it.
 *
 * <p>Invariant: never blocks; a report that did not fit is counted.
 */
package net.conntracklogger.attribution.reports;
